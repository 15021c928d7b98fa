// The book of keys: create, rotate with an overlap, change, revoke, list. A key's secret is shown once, by create and rotate.

import { createHmac } from "node:crypto";
import { newId } from "@fairlead/runtime";
import { z } from "zod";
import type { By } from "./audit-trail.ts";
import { type BookParts, mustHaveRoom, tell } from "./book-parts.ts";
import { IdentityError } from "./identity-error.ts";
import { checkFragments, ProjectBook } from "./project-book.ts";
import { KEPT_MS, KeyRecord, KeyShape, KINDS, LATEST_MS } from "./record-shapes.ts";
import { checked, RecordTable, type Row } from "./record-table.ts";
import { DATA_SCOPES } from "./scopes.ts";
import { digestOf, newSecret, prefixOf } from "./secret-text.ts";

/** What one says of a new key. Times are Unix milliseconds. */
export const NewKey = z.strictObject({
  project: KeyShape.shape.project,
  name: KeyShape.shape.name,
  /** Default: the data plane (messages, batches, files). */
  scopes: KeyShape.shape.scopes.default([...DATA_SCOPES]),
  allowed_models: KeyShape.shape.allowed_models,
  ip: KeyShape.shape.ip,
  limits: KeyShape.shape.limits,
  budget: KeyShape.shape.budget,
  models: KeyShape.shape.models,
  expires_at: KeyShape.shape.expires_at,
  /** Whether requests may be signed with it (HMAC); a signing key is then kept, sealed. */
  signing: z.boolean().default(false),
});
export type NewKey = z.input<typeof NewKey>;

/** What may be changed of a key: what is left out stays, null takes a part away. */
export type KeyChange = {
  readonly [K in (typeof CHANGEABLE)[number]]?: NewKey[K] | null;
};

/** A key as it may be shown: without its digest. */
export interface KeyView extends Omit<KeyRecord, "digest" | "signing"> {
  readonly version: number;
  /** Whether requests may be signed with it. */
  readonly signing: boolean;
  readonly state: "active" | "expired" | "revoked";
}

/** A key that was just made. `secret` is shown this once; it cannot be had again. */
export interface FreshKey {
  readonly key: KeyView;
  readonly secret: string;
}

/** Longest overlap of an old and a new key: 90 days; default a day. Milliseconds. */
export const LONGEST_OVERLAP_MS = 90 * 86_400_000;
export const OVERLAP_MS = 86_400_000;

/** The book. Methods reject with an IdentityError. */
export class KeyBook {
  readonly #parts: BookParts;
  readonly #keys: RecordTable<typeof KeyRecord>;
  readonly #projects: ProjectBook;

  constructor(parts: BookParts) {
    this.#parts = parts;
    this.#keys = new RecordTable(parts.records, KINDS.key, KeyRecord);
    this.#projects = new ProjectBook(parts);
  }

  async create(key: NewKey, by: By): Promise<FreshKey> {
    mustHaveRoom(this.#parts);
    const { signing, ...read } = checked(NewKey, key);
    checkFragments(this.#parts, read);
    this.#checkExpiry(read.expires_at);
    if (!(await this.#projects.has(read.project))) {
      throw new IdentityError(
        "not_found",
        `there is no project ${read.project}; create it first, or write the name as it stands in fairlead.yaml`,
        "project",
      );
    }
    const { secret, value } = this.#fresh(read, signing, by);
    await this.#keys.write(this.#keys.change(value.id, value, 0, keptUntil(value)));
    await tell(this.#parts, by, {
      action: "key.create",
      subject: `key:${value.id}`,
      project: value.project,
      detail: { name: value.name, prefix: value.prefix, scopes: value.scopes, expires_at: value.expires_at ?? null },
    });
    return { key: this.#view({ id: value.id, version: 1, value }), secret };
  }

  /**
   * A new key in the place of an old one, which works on for the overlap (0 to 90 days, default one day) and then ends. The
   * new one has all that the old one had; if that had an end, as long a life from now.
   */
  async rotate(id: string, by: By, overlapMs = OVERLAP_MS): Promise<FreshKey & { readonly old: KeyView }> {
    mustHaveRoom(this.#parts);
    if (!(overlapMs >= 0 && overlapMs <= LONGEST_OVERLAP_MS)) {
      throw new IdentityError("invalid", "overlap: must be from 0 to 90 days", "overlap");
    }
    const old = await this.#find(id);
    const now = this.#now();
    const state = stateOf(old.value, now);
    if (state !== "active") {
      throw new IdentityError("invalid", `key ${id} is ${state}; create a new key instead`);
    }
    if (old.value.rotated_to !== undefined) {
      throw new IdentityError(
        "invalid",
        `key ${id} was rotated already; rotate ${old.value.rotated_to}, which came in its place`,
      );
    }
    const { created_at, expires_at } = old.value;
    const life = expires_at === undefined ? undefined : expires_at - created_at;
    const { project, name, scopes, allowed_models, ip, limits, budget, models } = old.value;
    const end = life === undefined ? undefined : Math.min(now + life, LATEST_MS);
    const fresh = this.#fresh(
      { project, name, scopes, allowed_models, ip, limits, budget, models, expires_at: end },
      old.value.signing !== undefined,
      by,
    );
    const value: KeyRecord = { ...fresh.value, rotated_from: id };
    const ended: KeyRecord = {
      ...old.value,
      expires_at: Math.min(now + Math.floor(overlapMs), expires_at ?? Number.POSITIVE_INFINITY),
      rotated_to: value.id,
    };
    const [, version] = await this.#keys.write(
      this.#keys.change(value.id, value, 0, keptUntil(value)),
      this.#keys.change(id, ended, old.version, keptUntil(ended)),
    );
    await tell(this.#parts, by, {
      action: "key.rotate",
      subject: `key:${id}`,
      project,
      detail: { to: value.id, old_ends_at: ended.expires_at ?? null },
    });
    return {
      key: this.#view({ id: value.id, version: 1, value }),
      secret: fresh.secret,
      old: this.#view({ id, version: version ?? 0, value: ended }),
    };
  }

  /** Changes a key. With `version` only if it is still the one that was read. A revoked key stays revoked. */
  async update(id: string, change: KeyChange, by: By, version?: number): Promise<KeyView> {
    mustHaveRoom(this.#parts);
    const found = await this.#find(id);
    if (version !== undefined && version !== found.version) {
      throw new IdentityError("conflict", `key ${id} was changed meanwhile; read it again and repeat`);
    }
    if (found.value.revoked_at !== undefined) throw new IdentityError("invalid", `key ${id} is revoked for good`);
    const odd = Object.keys(change).find((field) => !(CHANGEABLE as readonly string[]).includes(field));
    if (odd !== undefined) throw new IdentityError("invalid", `${odd}: cannot be changed of a key`, odd);
    if (change.expires_at != null) this.#checkExpiry(change.expires_at);
    const { rotated_to, expires_at = Number.POSITIVE_INFINITY } = found.value;
    const later = change.expires_at !== undefined && (change.expires_at ?? Number.POSITIVE_INFINITY) > expires_at;
    if (rotated_to !== undefined && later) {
      const says = `expires_at: key ${id} was rotated and ends with its overlap; ${rotated_to} takes its place`;
      throw new IdentityError("invalid", says, "expires_at");
    }
    const entries = Object.entries({ ...found.value, ...change }).filter(([, one]) => one !== null);
    const value = checked(KeyRecord, Object.fromEntries(entries));
    checkFragments(this.#parts, value);
    const [now] = await this.#keys.write(this.#keys.change(id, value, found.version, keptUntil(value)));
    const detail = { fields: Object.keys(change) };
    await tell(this.#parts, by, { action: "key.update", subject: `key:${id}`, project: value.project, detail });
    return this.#view({ id, version: now ?? 0, value });
  }

  /** Ends a key at once, on every instance within a second. A revoked key stays as it is. */
  async revoke(id: string, by: By): Promise<KeyView> {
    mustHaveRoom(this.#parts);
    const found = await this.#find(id);
    if (found.value.revoked_at !== undefined) return this.#view(found);
    const value: KeyRecord = { ...found.value, revoked_at: this.#now(), revoked_by: by.actor };
    const [version] = await this.#keys.write(this.#keys.change(id, value, found.version, keptUntil(value)));
    await tell(this.#parts, by, { action: "key.revoke", subject: `key:${id}`, project: value.project });
    return this.#view({ id, version: version ?? 0, value });
  }

  async get(id: string): Promise<KeyView> {
    return this.#view(await this.#find(id));
  }

  /** Keys by id, after `after`; at most `limit` (1 to 1,000, default 100). `next` is where the next page begins. */
  async list(
    filter: { readonly project?: string | undefined } = {},
    after?: string,
    limit = 100,
  ): Promise<{ readonly keys: readonly KeyView[]; readonly next: string | undefined }> {
    const keys: KeyView[] = [];
    for await (const row of this.#keys.each(after)) {
      if (filter.project !== undefined && row.value.project !== filter.project) continue;
      if (keys.length === limit) return { keys, next: keys.at(-1)?.id };
      keys.push(this.#view(row));
    }
    return { keys, next: undefined };
  }

  #fresh(
    read: Pick<KeyRecord, "project" | (typeof CHANGEABLE)[number]>,
    signing: boolean,
    by: By,
  ): { secret: string; value: KeyRecord } {
    const secret = newSecret(this.#parts.rt.random, "key");
    const id = newId(this.#parts.rt.random, "k_", 12);
    const value: KeyRecord = {
      ...read,
      id,
      prefix: prefixOf(secret),
      digest: digestOf(secret),
      signing: signing ? this.#parts.sealer.seal(signingKeyOf(secret), `signing:${id}`) : undefined,
      created_at: this.#now(),
      created_by: by.actor,
    };
    return { secret, value };
  }

  async #find(id: string): Promise<Row<KeyRecord>> {
    const found = await this.#keys.get(id);
    if (found !== undefined) return found;
    throw new IdentityError("not_found", `there is no key ${id}; fairlead keys list shows what there is`);
  }

  #checkExpiry(at: number | undefined): void {
    if (at !== undefined && at <= this.#now()) {
      throw new IdentityError("invalid", "expires_at: lies in the past; revoke the key to end it now", "expires_at");
    }
  }

  #view({ version, value }: Row<KeyRecord>): KeyView {
    const { digest: _, signing, ...rest } = value;
    return { ...rest, version, signing: signing !== undefined, state: stateOf(value, this.#now()) };
  }

  #now(): number {
    return Math.floor(this.#parts.rt.clock.wall());
  }
}

const CHANGEABLE = ["name", "scopes", "allowed_models", "ip", "limits", "budget", "models", "expires_at"] as const;

/** Hex of HMAC-SHA256 over `fairlead-signing-v1` under the key: what signs requests, and does not give the key away. */
export function signingKeyOf(secret: string): string {
  return createHmac("sha256", secret).update("fairlead-signing-v1").digest("hex");
}

function stateOf({ revoked_at, expires_at }: KeyRecord, now: number): KeyView["state"] {
  if (revoked_at !== undefined) return "revoked";
  return expires_at !== undefined && expires_at <= now ? "expired" : "active";
}

/** When the record may go; never while the key works. */
function keptUntil({ revoked_at, expires_at }: KeyRecord): number | undefined {
  const end = revoked_at ?? expires_at;
  return end === undefined ? undefined : end + KEPT_MS;
}
