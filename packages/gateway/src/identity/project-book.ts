// The book of projects: create, change, remove, list. What fairlead.yaml holds is changed there and not here.

import type { RecordWrite } from "@fairlead/stores";
import type { z } from "zod";
import type { By } from "./audit-trail.ts";
import { type BookParts, mustHaveRoom, tell } from "./book-parts.ts";
import { IdentityError } from "./identity-error.ts";
import { KEPT_MS, KeyRecord, KINDS, ProjectRecord, ProjectShape } from "./record-shapes.ts";
import { checked, RecordTable } from "./record-table.ts";
import { RevokedRecord, ServiceRecord } from "./token-records.ts";

/** What one says of a new project. */
export const NewProject = ProjectShape.omit({ created_at: true, created_by: true, updated_at: true });
export type NewProject = z.input<typeof NewProject>;

/** What may be changed of a project: what is left out stays, null takes a part away. */
export type ProjectChange = { readonly [K in Exclude<keyof NewProject, "name">]?: NewProject[K] | null };

/** A project with the version to hand back when changing it. */
export interface ProjectView extends ProjectRecord {
  readonly version: number;
}

/** No sign-in lasts longer (the bound of `identity.refresh_token`), milliseconds, with a day to spare. */
const LONGEST_SIGN_IN_MS = 366 * 86_400_000;

/** The book. Methods reject with an IdentityError. */
export class ProjectBook {
  readonly #parts: BookParts;
  readonly #projects: RecordTable<typeof ProjectRecord>;
  readonly #keys: RecordTable<typeof KeyRecord>;
  readonly #services: RecordTable<typeof ServiceRecord>;
  readonly #revoked: RecordTable<typeof RevokedRecord>;

  constructor(parts: BookParts) {
    this.#parts = parts;
    this.#projects = new RecordTable(parts.records, KINDS.project, ProjectRecord);
    this.#keys = new RecordTable(parts.records, KINDS.key, KeyRecord);
    this.#services = new RecordTable(parts.records, KINDS.service, ServiceRecord);
    this.#revoked = new RecordTable(parts.records, KINDS.revoked, RevokedRecord);
  }

  /** A new project. `exists` when the store or fairlead.yaml has one of that name. */
  async create(project: NewProject, by: By): Promise<ProjectView> {
    mustHaveRoom(this.#parts);
    const read = checked(NewProject, project);
    checkFragments(this.#parts, read);
    this.#notConfigured(read.name);
    const now = Math.floor(this.#parts.rt.clock.wall());
    const value: ProjectRecord = { ...read, created_at: now, created_by: by.actor, updated_at: now };
    try {
      await this.#projects.write(this.#projects.change(read.name, value, 0));
    } catch (e) {
      if (!IdentityError.is(e) || e.code !== "conflict") throw e;
      throw new IdentityError("exists", `there is a project ${read.name} already; choose another name`, "name");
    }
    await tell(this.#parts, by, { action: "project.create", subject: `project:${read.name}`, project: read.name });
    return { ...value, version: 1 };
  }

  async get(name: string): Promise<ProjectView> {
    const found = await this.#projects.get(name);
    if (found === undefined) {
      const where = this.#parts.configured().includes(name) ? "; it is one of fairlead.yaml, and changed there" : "";
      throw new IdentityError("not_found", `there is no project ${name} in the store${where}`);
    }
    return { ...found.value, version: found.version };
  }

  /** Changes parts of a project. With `version` only if it is still the one that was read. */
  async update(name: string, change: ProjectChange, by: By, version?: number): Promise<ProjectView> {
    mustHaveRoom(this.#parts);
    const found = await this.get(name);
    if (version !== undefined && version !== found.version) {
      throw new IdentityError("conflict", `project ${name} was changed meanwhile; read it again and repeat`);
    }
    const { version: _, ...before } = found;
    const entries = Object.entries({ ...before, ...change, name }).filter(([, one]) => one !== null);
    const value = checked(ProjectRecord, {
      ...Object.fromEntries(entries),
      updated_at: Math.floor(this.#parts.rt.clock.wall()),
    });
    checkFragments(this.#parts, value);
    const [now] = await this.#projects.write(this.#projects.change(name, value, found.version));
    const detail = { fields: Object.keys(change) };
    await tell(this.#parts, by, { action: "project.update", subject: `project:${name}`, project: name, detail });
    return { ...value, version: now ?? 0 };
  }

  /**
   * Removes a project, revokes its keys and services and ends its sign-ins and tokens, all at once: a later project of the
   * same name has nothing of them. Returns how many keys were revoked.
   */
  async remove(name: string, by: By): Promise<number> {
    mustHaveRoom(this.#parts);
    const found = await this.get(name);
    const now = Math.floor(this.#parts.rt.clock.wall());
    const revoked: RecordWrite[] = [];
    for await (const { id, version, value } of this.#keys.each()) {
      if (value.project !== name || value.revoked_at !== undefined) continue;
      revoked.push(this.#keys.change(id, { ...value, revoked_at: now, revoked_by: by.actor }, version, now + KEPT_MS));
    }
    const services: RecordWrite[] = [];
    for await (const { id, version, value } of this.#services.each()) {
      if (value.project !== name || value.revoked_at !== undefined) continue;
      services.push(this.#services.change(id, { ...value, revoked_at: now, secrets: [] }, version));
    }
    await this.#projects.write(
      this.#projects.change(name, undefined, found.version),
      ...revoked,
      ...services,
      this.#revoked.change(`project:${name}`, { before: now }, "any", now + LONGEST_SIGN_IN_MS),
    );
    const detail = { keys_revoked: revoked.length, services_revoked: services.length };
    await tell(this.#parts, by, { action: "project.remove", subject: `project:${name}`, project: name, detail });
    return revoked.length;
  }

  /** Projects of the store by name, after `after`; at most `limit` (1 to 1,000, default 100). */
  async list(after?: string, limit = 100): Promise<readonly ProjectView[]> {
    const rows = await this.#projects.list(after, limit);
    return rows.map(({ version, value }) => ({ ...value, version }));
  }

  /** Whether there is a project of that name, here or in fairlead.yaml. */
  async has(name: string): Promise<boolean> {
    return this.#parts.configured().includes(name) || (await this.#projects.get(name)) !== undefined;
  }

  #notConfigured(name: string): void {
    if (!this.#parts.configured().includes(name)) return;
    throw new IdentityError("exists", `project ${name} is in fairlead.yaml; change it there`, "name");
  }
}

/** Checks the parts that other rooms understand. */
export function checkFragments(parts: BookParts, value: { readonly [field: string]: unknown }): void {
  for (const [field, shape] of Object.entries(parts.fragments ?? {})) {
    if (value[field] !== undefined) checked(shape, value[field], field);
  }
}
