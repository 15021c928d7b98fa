// Projects and keys: shown without secrets, changed with an audit entry.

import { AdminRefusal } from "../admin-refusal.ts";
import { audited } from "../audited.ts";
import type { KEY_ROUTES, PROJECT_ROUTES } from "../contract/project-routes.ts";
import { type Caller, projectFor, sees } from "../gate/gate.ts";
import type { KeyInfo, KeyWish, ProjectInfo } from "../services.ts";
import { type Ends, endOf } from "./credential-end.ts";
import { type Bench, by, found, type Handlers, isoTime, json, needed } from "./handler.ts";
import { modelParts } from "./model-parts.ts";
import { paged } from "./paged.ts";

const PROJECT_SCOPES = ["messages", "batches", "files"];
const HINT = "Set `store` in fairlead.yaml.";

/** Handlers of projects. */
export function projectHandlers({ services }: Bench): Handlers<keyof typeof PROJECT_ROUTES> {
  const book = () => needed(services.projects, "a store for projects", HINT);
  const one = async (name: string) => found(await book().find(name), "project", name, "fairlead projects lists them.");
  const own = async (name: string) => {
    const project = await one(name);
    if (project.source === "config") {
      throw new AdminRefusal("admin_refused", {
        reason: `The project ${name} stands in fairlead.yaml. Change it there, and reload.`,
      });
    }
    return project;
  };
  return {
    async listProjects({ caller, query }) {
      const seen = (await book().list()).filter((project) => sees(caller, project.name));
      const { items, next } = paged(seen, (one) => one.name, query);
      return { projects: items.map(projectView), next };
    },
    async getProject({ caller, params }) {
      // Whether another's project exists is not told.
      projectFor(caller, params.project);
      return projectView(await one(params.project));
    },
    async createProject({ caller, body }) {
      const { name, ...asked } = body;
      const rest = modelParts(asked);
      if ((await book().find(name)) !== undefined) {
        throw new AdminRefusal("admin_conflict", {
          reason: `There is a project ${name} already. Choose another name.`,
        });
      }
      const deed = { action: "project.create.asked", subject: `project:${name}`, project: name, after: json(rest) };
      return audited(services.trail, caller, deed, async () =>
        projectView(await book().create(name, rest, by(caller))),
      );
    },
    async updateProject({ caller, params, body }) {
      const before = await own(params.project);
      const { version, ...asked } = body;
      const change = modelParts(asked);
      if (version !== undefined && version !== before.version) {
        throw new AdminRefusal("admin_conflict", {
          reason: `The project ${before.name} is at version ${before.version}, not ${version}: read it again.`,
        });
      }
      const deed = {
        action: "project.update.asked",
        subject: `project:${before.name}`,
        project: before.name,
        before: json(projectView(before)),
        after: json(change),
      };
      return audited(services.trail, caller, deed, async () =>
        projectView(await book().update(before.name, change, before.version, by(caller))),
      );
    },
    async deleteProject({ caller, params }) {
      const before = await own(params.project);
      const deed = {
        action: "project.delete.asked",
        subject: `project:${before.name}`,
        project: before.name,
        before: json(projectView(before)),
      };
      return audited(services.trail, caller, deed, async () => {
        await book().remove(before.name, by(caller));
        return { removed: before.name };
      });
    },
  };
}

/** Handlers of keys. */
export function keyHandlers({ rt, services }: Bench): Handlers<keyof typeof KEY_ROUTES> {
  const book = () => needed(services.keys, "a store for keys", HINT);
  const one = async (id: string) => found(await book().find(id), "key", id, "fairlead keys list shows them.");
  const own = async (id: string) => {
    const key = await one(id);
    if (key.source === "config") {
      throw new AdminRefusal("admin_refused", {
        reason: `The key ${id} stands in fairlead.yaml. Change it there, and reload.`,
      });
    }
    return key;
  };
  /** Devices that were signed in with a key were signed in by whoever held it. */
  const endSignIns = async (id: string, caller: Caller) => {
    const actor = `key:${id}`;
    const some = await services.families?.list({ actor }, 1);
    if (some !== undefined && some.length > 0) await services.families?.endActor(actor, by(caller));
  };
  return {
    async listKeys({ caller, query }) {
      const project = projectFor(caller, query.project);
      const seen = (await book().list(project)).filter((key) => sees(caller, key.project));
      const { items, next } = paged(seen, (one) => one.id, query);
      return { keys: items.map(keyView), next };
    },
    async getKey({ caller, params }) {
      const key = await book().find(params.key);
      // Of another's key not even this is told: that it exists.
      const seen = key !== undefined && sees(caller, key.project) ? key : undefined;
      return keyView(found(seen, "key", params.key, "fairlead keys list shows them."));
    },
    async createKey({ caller, body }) {
      const scopes = body.scopes ?? PROJECT_SCOPES;
      const admin = scopes.some((scope) => scope.startsWith("admin:"));
      if (body.project === undefined && !admin) {
        throw new AdminRefusal("admin_bad_field", {
          where: "body",
          problems:
            "project: needed for a key that sends requests; an admin key names the scopes admin:read or admin:write",
        });
      }
      if (body.project === undefined && scopes.some((scope) => !scope.startsWith("admin:"))) {
        throw new AdminRefusal("admin_bad_field", {
          where: "body",
          problems: "scopes: a key without a project can have admin:read and admin:write only",
        });
      }
      if (body.project !== undefined && services.projects !== undefined) {
        found(await services.projects.find(body.project), "project", body.project, "fairlead projects lists them.");
      }
      const wish: KeyWish = { ...withEnd(body, rt.clock.wall()), project: body.project, name: body.name, scopes };
      const deed = {
        action: "key.create.asked",
        subject: body.project === undefined ? "admin" : `project:${body.project}`,
        project: body.project,
        after: json({ ...wish, expiresAt: isoTime(wish.expiresAt) }),
      };
      return audited(services.trail, caller, deed, async () => {
        const made = await book().create(wish, by(caller));
        return { key: keyView(made.key), secret: made.secret };
      });
    },
    async updateKey({ caller, params, body }) {
      const before = await own(params.key);
      const { version = before.version, ...asked } = body;
      if (version !== before.version) {
        throw new AdminRefusal("admin_conflict", {
          reason: `The key ${before.id} is at version ${before.version}, not ${version}: read it again.`,
        });
      }
      if (before.state === "revoked") {
        throw new AdminRefusal("admin_conflict", { reason: `The key ${before.id} is revoked. Make a new one.` });
      }
      const change = withEnd(asked, rt.clock.wall());
      if (Object.values(change).every((one) => one === undefined)) {
        throw new AdminRefusal("admin_bad_field", { where: "body", problems: "says nothing that is to be changed" });
      }
      const deed = {
        action: "key.update.asked",
        subject: `key:${before.id}`,
        project: before.project,
        before: json(keyView(before)),
        after: json(asked),
      };
      return audited(services.trail, caller, deed, async () =>
        keyView(await book().update(before.id, change, version, by(caller))),
      );
    },
    async rotateKey({ caller, params, body }) {
      const before = await own(params.key);
      if (before.state !== "active") {
        const fix = before.replacedBy === undefined ? "Make a new one." : `${before.replacedBy} takes its place.`;
        throw new AdminRefusal("admin_conflict", { reason: `The key ${before.id} is ${before.state}. ${fix}` });
      }
      const deed = {
        action: "key.rotate.asked",
        subject: `key:${before.id}`,
        project: before.project,
        before: json(keyView(before)),
        after: { overlap_seconds: body.overlap_seconds },
      };
      return audited(services.trail, caller, deed, async () => {
        const made = await book().rotate(before.id, body.overlap_seconds * 1_000, by(caller));
        return { key: keyView(made.key), secret: made.secret };
      });
    },
    async revokeKey({ caller, params }) {
      const before = await own(params.key);
      if (before.state === "revoked") {
        await endSignIns(before.id, caller);
        return keyView(before);
      }
      const deed = {
        action: "key.revoke.asked",
        subject: `key:${before.id}`,
        project: before.project,
        before: json(keyView(before)),
      };
      return audited(services.trail, caller, deed, async () => {
        const revoked = await book().revoke(before.id, by(caller));
        await endSignIns(before.id, caller);
        return keyView(revoked);
      });
    },
  };
}

function projectView(one: ProjectInfo) {
  return {
    name: one.name,
    title: one.title ?? null,
    source: one.source,
    disabled: one.disabled,
    ...rulesView(one),
    redaction: one.redaction === undefined ? null : { ...one.redaction },
    duplicates: one.duplicates === undefined ? null : { ...one.duplicates },
    sampling: one.sampling === undefined ? null : { ...one.sampling },
    version: one.version,
    created_at: isoTime(one.createdAt),
  };
}

/** What projects and keys have alike. */
function rulesView({ allowedModels, ip, limits, budget, models }: ProjectInfo | KeyInfo) {
  return {
    allowed_models: allowedModels === undefined ? null : [...allowedModels],
    ip: ip === undefined ? null : { allow: [...(ip.allow ?? [])], deny: [...(ip.deny ?? [])] },
    limits: limits === undefined ? null : { ...limits },
    budget: budget === undefined ? null : { ...budget },
    models: models === undefined ? null : models.map((one) => ({ ...one })),
  };
}

function keyView(one: KeyInfo) {
  return {
    id: one.id,
    name: one.name ?? null,
    project: one.project ?? null,
    prefix: one.prefix,
    scopes: [...one.scopes],
    ...rulesView(one),
    signing: one.signing,
    source: one.source,
    version: one.version,
    state: one.state,
    created_at: isoTime(one.createdAt),
    created_by: one.createdBy ?? null,
    expires_at: isoTime(one.expiresAt),
    replaced_by: one.replacedBy ?? null,
  };
}

/** The parts of a key that books know, its end as a time. @throws AdminRefusal when it has two ends */
function withEnd<T extends Ends & Parameters<typeof modelParts>[0]>(asked: T, now: number) {
  const { expires_in_seconds: _, expires_at: __, ...rest } = asked;
  return { ...modelParts(rest), expiresAt: endOf(asked, now) };
}
