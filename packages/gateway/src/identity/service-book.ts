// The book of services: identities of programs such as a CI, which get access tokens by a client secret or a key of their own.

import { newId } from "@fairlead/runtime";
import { z } from "zod";
import type { By } from "./audit-trail.ts";
import { type BookParts, mustHaveRoom, tell } from "./book-parts.ts";
import { IdentityError } from "./identity-error.ts";
import { OVERLAP_MS } from "./key-book.ts";
import { ProjectBook } from "./project-book.ts";
import { KINDS } from "./record-shapes.ts";
import { checked, RecordTable, type Row } from "./record-table.ts";
import { DATA_SCOPES } from "./scopes.ts";
import { digestOf, newSecret, prefixOf } from "./secret-text.ts";
import { ServiceRecord } from "./token-records.ts";

/** What one says of a new service. */
export const NewService = z.strictObject({
  project: ServiceRecord.shape.project,
  name: ServiceRecord.shape.name,
  scopes: ServiceRecord.shape.scopes.default([...DATA_SCOPES]),
  models: ServiceRecord.shape.models,
  ip: ServiceRecord.shape.ip,
  /** Public keys (JWK) by which it may prove itself instead of a secret; it then has no secret. */
  public_keys: ServiceRecord.shape.public_keys,
});
export type NewService = z.input<typeof NewService>;

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
    if (!(await this.#projects.has(read.project))) {
      throw new IdentityError("not_found", `there is no project ${read.project}; create it first`, "project");
    }
    const now = this.#now();
    const secret = read.public_keys.length === 0 ? newSecret(this.#parts.rt.random, "cs") : undefined;
    const value: ServiceRecord = {
      ...read,
      id: newId(this.#parts.rt.random, "svc_", 16),
      secrets: secret === undefined ? [] : [{ digest: digestOf(secret), prefix: prefixOf(secret), created_at: now }],
      created_at: now,
      created_by: by.actor,
    };
    await this.#services.write(this.#services.change(value.id, value, 0));
    const detail = { name: value.name, scopes: value.scopes };
    tell(this.#parts, by, { action: "service.create", subject: `service:${value.id}`, project: value.project, detail });
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
    tell(this.#parts, by, { action: "service.rotate", subject: `service:${id}`, project: value.project });
    return { service: view({ id, version: next ?? 0, value: changed }), secret };
  }

  /** Ends a service: its secrets and its tokens do not count from now on. */
  async revoke(id: string, by: By): Promise<ServiceView> {
    mustHaveRoom(this.#parts);
    const row = await this.#find(id);
    if (row.value.revoked_at !== undefined) return view(row);
    const value: ServiceRecord = { ...row.value, revoked_at: this.#now(), secrets: [] };
    const [version] = await this.#services.write(this.#services.change(id, value, row.version));
    tell(this.#parts, by, { action: "service.revoke", subject: `service:${id}`, project: value.project });
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
    throw new IdentityError("not_found", `there is no service ${id}`);
  }

  #now(): number {
    return Math.floor(this.#parts.rt.clock.wall());
  }
}

function view({ version, value }: Row<ServiceRecord>): ServiceView {
  return { ...value, version, secrets: value.secrets.map(({ digest: _, ...rest }) => rest) };
}
