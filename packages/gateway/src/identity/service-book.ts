// The book of services: identities of programs such as a CI, which get access tokens by a client secret or a key of their own.

import { newId } from "@fairlead/runtime";
import { z } from "zod";
import type { By } from "./audit-trail.ts";
import { type BookParts, mustHaveRoom, tell } from "./book-parts.ts";
import { IdentityError } from "./identity-error.ts";
import { OVERLAP_MS } from "./key-book.ts";
import { checkFragments, ProjectBook } from "./project-book.ts";
import { KINDS } from "./record-shapes.ts";
import { checked, RecordTable, type Row } from "./record-table.ts";
import { DATA_SCOPES } from "./scopes.ts";
import { digestOf, newSecret, prefixOf } from "./secret-text.ts";
import { ServiceRecord, ServiceShape } from "./token-records.ts";

/** What one says of a new service. */
export const NewService = z.strictObject({
  project: ServiceShape.shape.project,
  name: ServiceShape.shape.name,
  scopes: ServiceShape.shape.scopes.default([...DATA_SCOPES]),
  allowed_models: ServiceShape.shape.allowed_models,
  ip: ServiceShape.shape.ip,
  limits: ServiceShape.shape.limits,
  budget: ServiceShape.shape.budget,
  models: ServiceShape.shape.models,
  expires_at: ServiceShape.shape.expires_at,
  /** Public keys (JWK) by which it may prove itself instead of a secret; it then has no secret. */
  public_keys: ServiceShape.shape.public_keys,
});
export type NewService = z.input<typeof NewService>;

const CHANGEABLE = [
  "name",
  "scopes",
  "allowed_models",
  "ip",
  "limits",
  "budget",
  "models",
  "disabled",
  "expires_at",
] as const;

/** What may be changed of a service: what is left out stays, null takes a part away. */
export type ServiceChange = { readonly [K in (typeof CHANGEABLE)[number]]?: ServiceRecord[K] | null };

/** A service as it may be shown: secrets by their beginnings alone. */
export interface ServiceView extends Omit<ServiceRecord, "secrets"> {
  readonly version: number;
  readonly secrets: readonly Omit<ServiceRecord["secrets"][number], "digest">[];
}

/** The book. Methods reject with an IdentityError. */
export class ServiceBook {
  readonly #parts: BookParts;
  readonly #services: RecordTable<typeof ServiceRecord>;
  readonly #projects: ProjectBook;

  constructor(parts: BookParts) {
    this.#parts = parts;
    this.#services = new RecordTable(parts.records, KINDS.service, ServiceRecord);
    this.#projects = new ProjectBook(parts);
  }

  /** A new service. `secret` is shown this once; undefined when it has public keys. */
  async create(
    service: NewService,
    by: By,
  ): Promise<{ readonly service: ServiceView; readonly secret: string | undefined }> {
    mustHaveRoom(this.#parts);
    const read = checked(NewService, service);
    checkFragments(this.#parts, read);
    this.#checkExpiry(read.expires_at);
    if (!(await this.#projects.has(read.project))) {
      throw new IdentityError(
        "not_found",
        `There is no project ${read.project}. fairlead projects lists them.`,
        "project",
      );
    }
    const now = this.#now();
    const secret = read.public_keys.length === 0 ? newSecret(this.#parts.rt.random, "cs") : undefined;
    const value: ServiceRecord = {
      ...read,
      disabled: false,
      id: newId(this.#parts.rt.random, "svc_", 16),
      secrets: secret === undefined ? [] : [{ digest: digestOf(secret), prefix: prefixOf(secret), created_at: now }],
      created_at: now,
      created_by: by.actor,
    };
    await this.#services.write(this.#services.change(value.id, value, 0));
    const detail = { name: value.name, scopes: value.scopes, expires_at: value.expires_at ?? null };
    await tell(this.#parts, by, {
      action: "service.create",
      subject: `service:${value.id}`,
      project: value.project,
      detail,
    });
    return { service: view({ id: value.id, version: 1, value }), secret };
  }

  /** A second secret; those before it end after the overlap (default a day). */
  async rotate(
    id: string,
    by: By,
    overlapMs = OVERLAP_MS,
  ): Promise<{ readonly service: ServiceView; readonly secret: string }> {
    mustHaveRoom(this.#parts);
    const { version, value } = await this.#find(id);
    if (value.revoked_at !== undefined) throw new IdentityError("invalid", `service ${id} is revoked for good`);
    const now = this.#now();
    const secret = newSecret(this.#parts.rt.random, "cs");
    const old = value.secrets.map((one) => ({
      ...one,
      expires_at: Math.min(one.expires_at ?? Number.POSITIVE_INFINITY, now + overlapMs),
    }));
    const fresh = { digest: digestOf(secret), prefix: prefixOf(secret), created_at: now };
    const secrets = [...old.filter((one) => one.expires_at > now).slice(-4), fresh];
    const changed: ServiceRecord = { ...value, secrets };
    const [next] = await this.#services.write(this.#services.change(id, changed, version));
    await tell(this.#parts, by, { action: "service.rotate", subject: `service:${id}`, project: value.project });
    return { service: view({ id, version: next ?? 0, value: changed }), secret };
  }

  /**
   * Changes a service. What is taken away is taken from the tokens that are out as well; what is given goes to those that are
   * issued from now on. With `version` only if it is still the one that was read. A revoked service stays revoked.
   */
  async update(id: string, change: ServiceChange, by: By, version?: number): Promise<ServiceView> {
    mustHaveRoom(this.#parts);
    const found = await this.#find(id);
    if (version !== undefined && version !== found.version) {
      throw new IdentityError("conflict", `service ${id} was changed meanwhile; read it again and repeat`);
    }
    if (found.value.revoked_at !== undefined) throw new IdentityError("invalid", `service ${id} is revoked for good`);
    const odd = Object.keys(change).find((field) => !(CHANGEABLE as readonly string[]).includes(field));
    if (odd !== undefined) throw new IdentityError("invalid", `${odd}: cannot be changed of a service`, odd);
    if (change.expires_at != null) this.#checkExpiry(change.expires_at);
    const entries = Object.entries({ ...found.value, ...change }).filter(([, one]) => one !== null);
    const value = checked(ServiceRecord, Object.fromEntries(entries));
    checkFragments(this.#parts, value);
    const [now] = await this.#services.write(this.#services.change(id, value, found.version));
    const detail = { fields: Object.keys(change) };
    await tell(this.#parts, by, { action: "service.update", subject: `service:${id}`, project: value.project, detail });
    return view({ id, version: now ?? 0, value });
  }

  /** Ends a service: its secrets and its tokens do not count from now on. */
  async revoke(id: string, by: By): Promise<ServiceView> {
    mustHaveRoom(this.#parts);
    const row = await this.#find(id);
    if (row.value.revoked_at !== undefined) return view(row);
    const value: ServiceRecord = { ...row.value, revoked_at: this.#now(), secrets: [] };
    const [version] = await this.#services.write(this.#services.change(id, value, row.version));
    await tell(this.#parts, by, { action: "service.revoke", subject: `service:${id}`, project: value.project });
    return view({ id, version: version ?? 0, value });
  }

  async get(id: string): Promise<ServiceView> {
    return view(await this.#find(id));
  }

  /** Services by id, after `after`; at most `limit` (default 100). */
  async list(filter: { readonly project?: string } = {}, after?: string, limit = 100): Promise<readonly ServiceView[]> {
    const found: ServiceView[] = [];
    for await (const row of this.#services.each(after)) {
      if (found.length >= limit) break;
      if (filter.project === undefined || row.value.project === filter.project) found.push(view(row));
    }
    return found;
  }

  async #find(id: string): Promise<Row<ServiceRecord>> {
    const found = await this.#services.get(id);
    if (found !== undefined) return found;
    throw new IdentityError("not_found", `There is no service ${id}. fairlead services list shows them.`);
  }

  #checkExpiry(at: number | undefined): void {
    if (at !== undefined && at <= this.#now()) {
      throw new IdentityError(
        "invalid",
        "expires_at: lies in the past; revoke the service to end it now",
        "expires_at",
      );
    }
  }

  #now(): number {
    return Math.floor(this.#parts.rt.clock.wall());
  }
}

function view({ version, value }: Row<ServiceRecord>): ServiceView {
  return { ...value, version, secrets: value.secrets.map(({ digest: _, ...rest }) => rest) };
}
