// Keys of the admin address that belong to no project: made here, kept as digests, known for a while without the store.

import { newId, type Runtime } from "@fairlead/runtime";
import { type Records, StoreError } from "@fairlead/stores";
import { z } from "zod";
import { KINDS, LATEST_MS } from "../identity/record-shapes.ts";
import { digestOf, newSecret, prefixOf } from "../identity/secret-text.ts";
import { AdminRefusal } from "./admin-refusal.ts";
import type { By, KeyChanges, KeyInfo, KeyMade, KeyWish } from "./services.ts";

const KIND = KINDS.adminKey;
/** Ids by digest: one look-up by what the caller has. */
const INDEX = "admin_key_digest";

/** Without the store a key that it told of lately still counts for so long, milliseconds: an outage needs its operators. */
const REMEMBERED_MS = 3_600_000;
/** Keys that are remembered. */
const MAX_REMEMBERED = 1_000;
/** Records of ended keys are kept for so long, so that the audit log's names can be looked up, milliseconds. */
const KEPT_MS = 90 * 86_400_000;

const time = z.number().int().nonnegative();

/** What is kept. Anything of another shape is nobody's key. */
const AdminKeyRecord = z.strictObject({
  id: z.string().regex(/^ak_[0-9A-Za-z]{12}$/),
  name: z.string().min(1),
  prefix: z.string(),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(["admin:read", "admin:write"])).min(1),
  created_at: time,
  created_by: z.string(),
  expires_at: time.optional(),
  revoked_at: time.optional(),
  rotated_to: z.string().optional(),
});
type AdminKeyRecord = z.infer<typeof AdminKeyRecord>;

interface Row {
  readonly version: number;
  readonly value: AdminKeyRecord;
}

/** The book of admin keys. Methods reject with a StoreError or an AdminRefusal. */
export class AdminKeys {
  readonly #rt: Runtime;
  readonly #records: Records;
  readonly #seen = new Map<string, { readonly value: AdminKeyRecord; readonly at: number }>();

  constructor(rt: Runtime, records: Records) {
    this.#rt = rt;
    this.#records = records;
  }

  /** The key of a secret that counts now; `expired` when it has ended. */
  async recognise(secret: string): Promise<KeyInfo | "expired" | undefined> {
    return this.ofDigest(digestOf(secret));
  }

  /** The same by the digest of the secret. */
  async ofDigest(digest: string): Promise<KeyInfo | "expired" | undefined> {
    const value = await this.#byDigest(digest);
    if (value === undefined) return undefined;
    const info = this.#info({ value, version: 0 });
    return info.state === "active" || info.state === "rotating" ? info : "expired";
  }

  async list(): Promise<readonly KeyInfo[]> {
    return (await this.#all()).map((row) => this.#info(row));
  }

  async find(id: string): Promise<KeyInfo | undefined> {
    const row = await this.#row(id);
    return row === undefined ? undefined : this.#info(row);
  }

  async create(wish: KeyWish, by: By): Promise<KeyMade> {
    const { secret, value } = this.#fresh(wish.name, wish.scopes, wish.expiresAt, by);
    await this.#write(value, 0);
    return { key: this.#info({ value, version: 1 }), secret };
  }

  /** Another name, other scopes, another end. Null as an end: none. */
  async update(id: string, change: KeyChanges, expect: number): Promise<KeyInfo> {
    const row = await this.#existing(id);
    const { value } = row;
    if (row.version !== expect) {
      throw new AdminRefusal("admin_conflict", { reason: `The key ${id} was changed meanwhile: read it again.` });
    }
    if (value.revoked_at !== undefined)
      throw new AdminRefusal("admin_conflict", { reason: `The key ${id} is revoked.` });
    const { name, scopes, expiresAt } = change;
    if (value.rotated_to !== undefined && expiresAt !== undefined) {
      const reason = `The key ${id} was rotated and ends with its overlap; ${value.rotated_to} takes its place.`;
      throw new AdminRefusal("admin_conflict", { reason });
    }
    const read = scopes === undefined ? undefined : AdminKeyRecord.shape.scopes.safeParse(scopes);
    if (read?.success === false) {
      const problems = "scopes: an admin key can have admin:read and admin:write only";
      throw new AdminRefusal("admin_bad_field", { where: "body", problems });
    }
    const { expires_at: before, ...rest } = value;
    const end = expiresAt === undefined ? before : (expiresAt ?? undefined);
    const changed: AdminKeyRecord = {
      ...rest,
      name: name ?? value.name,
      scopes: read?.data ?? value.scopes,
      ...(end === undefined ? {} : { expires_at: Math.floor(end) }),
    };
    await this.#write(changed, row.version);
    this.#seen.delete(changed.digest);
    return this.#info({ value: changed, version: row.version + 1 });
  }

  /** A new key in place of an old one, which ends after the overlap. */
  async rotate(id: string, overlapMs: number, by: By): Promise<KeyMade> {
    const old = await this.#existing(id);
    const now = this.#now();
    const { created_at, expires_at } = old.value;
    const end = expires_at === undefined ? undefined : Math.min(now + (expires_at - created_at), LATEST_MS);
    const { secret, value } = this.#fresh(old.value.name, old.value.scopes, end, by);
    const ended: AdminKeyRecord = {
      ...old.value,
      expires_at: Math.min(now + overlapMs, expires_at ?? Number.POSITIVE_INFINITY),
      rotated_to: value.id,
    };
    await this.#records.write([write(value, 0), indexOf(value), write(ended, old.version)]);
    this.#seen.delete(ended.digest);
    return { key: this.#info({ value, version: 1 }), secret };
  }

  async revoke(id: string): Promise<KeyInfo> {
    const { value, version } = await this.#existing(id);
    const ended: AdminKeyRecord = { ...value, revoked_at: this.#now() };
    await this.#write(ended, version);
    this.#seen.delete(ended.digest);
    return this.#info({ value: ended, version: version + 1 });
  }

  async #byDigest(digest: string): Promise<AdminKeyRecord | undefined> {
    const now = this.#rt.clock.now();
    const seen = this.#seen.get(digest);
    try {
      // The index holds nothing but the id: the record itself says whether it counts, and whose digest it is.
      const index = await this.#records.get(INDEX, digest);
      const id = z.string().safeParse(index?.value).data;
      const value = id === undefined ? undefined : (await this.#row(id))?.value;
      if (value?.digest !== digest) {
        this.#seen.delete(digest);
        return undefined;
      }
      this.#seen.delete(digest);
      this.#seen.set(digest, { value, at: now });
      const oldest = this.#seen.keys().next().value;
      if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
      return value;
    } catch (e) {
      if (StoreError.is(e) && seen !== undefined && now - seen.at < REMEMBERED_MS) return seen.value;
      throw e;
    }
  }

  async #all(): Promise<readonly Row[]> {
    const rows: Row[] = [];
    let after = "";
    for (;;) {
      const page = await this.#records.list(KIND, after, 1_000);
      for (const { value, version } of page) {
        const read = AdminKeyRecord.safeParse(value);
        if (read.success) rows.push({ value: read.data, version });
      }
      const last = page.at(-1);
      if (page.length < 1_000 || last === undefined) return rows;
      after = last.id;
    }
  }

  async #row(id: string): Promise<Row | undefined> {
    const found = await this.#records.get(KIND, id);
    const read = AdminKeyRecord.safeParse(found?.value);
    return found === undefined || !read.success ? undefined : { value: read.data, version: found.version };
  }

  async #existing(id: string): Promise<Row> {
    const row = await this.#row(id);
    if (row !== undefined) return row;
    throw new AdminRefusal("admin_no_such", { what: "admin key", id, hint: "fairlead keys list shows them." });
  }

  async #write(value: AdminKeyRecord, expect: number): Promise<void> {
    await this.#records.write([write(value, expect), ...(expect === 0 ? [indexOf(value)] : [])]);
  }

  #fresh(
    name: string,
    scopes: readonly string[],
    expiresAt: number | undefined,
    by: By,
  ): { readonly secret: string; readonly value: AdminKeyRecord } {
    const secret = newSecret(this.#rt.random, "key");
    const value: AdminKeyRecord = {
      id: newId(this.#rt.random, "ak_", 12),
      name,
      prefix: prefixOf(secret),
      digest: digestOf(secret),
      scopes: AdminKeyRecord.shape.scopes.parse(scopes),
      created_at: this.#now(),
      created_by: by.actor,
      ...(expiresAt === undefined ? {} : { expires_at: Math.floor(expiresAt) }),
    };
    return { secret, value };
  }

  #info({ value, version }: Row): KeyInfo {
    const { revoked_at, expires_at, rotated_to } = value;
    const now = this.#now();
    const ended = expires_at !== undefined && expires_at <= now;
    return {
      id: value.id,
      name: value.name,
      project: undefined,
      prefix: value.prefix,
      scopes: value.scopes,
      allowedModels: undefined,
      ip: undefined,
      limits: undefined,
      budget: undefined,
      models: undefined,
      signing: false,
      source: "api",
      version,
      state:
        revoked_at !== undefined ? "revoked" : ended ? "expired" : rotated_to !== undefined ? "rotating" : "active",
      createdAt: value.created_at,
      createdBy: value.created_by,
      expiresAt: expires_at,
      replacedBy: rotated_to,
    };
  }

  #now(): number {
    return Math.floor(this.#rt.clock.wall());
  }
}

function write(value: AdminKeyRecord, expect: number) {
  const ends = value.revoked_at ?? value.expires_at;
  const json = JSON.parse(JSON.stringify(value)) as { readonly [name: string]: string | number };
  return { kind: KIND, id: value.id, value: json, expect, expiresAt: ends === undefined ? undefined : ends + KEPT_MS };
}

function indexOf(value: AdminKeyRecord) {
  return { kind: INDEX, id: value.digest, value: value.id, expect: 0 };
}
