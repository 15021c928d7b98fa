// Services and sign-ins: shown without secrets, changed with an audit entry.

import { IdentityError } from "../../identity/identity-error.ts";
import type { NewService, ServiceChange, ServiceView } from "../../identity/service-book.ts";
import type { FamilyRecord } from "../../identity/token-records.ts";
import { AdminRefusal } from "../admin-refusal.ts";
import { audited } from "../audited.ts";
import type { FAMILY_ROUTES, SERVICE_ROUTES } from "../contract/service-routes.ts";
import { projectFor, sees } from "../gate/gate.ts";
import type { Fragment } from "../services.ts";
import { endOf } from "./credential-end.ts";
import { type Bench, by, found, type Handlers, isoTime, json, needed } from "./handler.ts";
import { modelParts } from "./model-parts.ts";
import { paged } from "./paged.ts";

const HINT = "Set `store` in fairlead.yaml.";
/** Pages are cut from all of them. */
const ALL = Number.POSITIVE_INFINITY;

/** Handlers of services. */
export function serviceHandlers({ rt, services }: Bench): Handlers<keyof typeof SERVICE_ROUTES> {
  const book = () => needed(services.accounts, "a store for services", HINT);
  const now = () => rt.clock.wall();
  const view = (one: ServiceView) => serviceView(one, now());
  return {
    async listServices({ caller, query }) {
      const project = projectFor(caller, query.project);
      const all = await book().list(project === undefined ? {} : { project }, undefined, ALL);
      const seen = all.filter((one) => sees(caller, one.project));
      const { items, next } = paged(seen, (one) => one.id, query);
      return { services: items.map(view), next };
    },
    async getService({ caller, params }) {
      const service = await book()
        .get(params.service)
        .catch((e: unknown) => {
          if (IdentityError.is(e) && e.code === "not_found") return undefined;
          throw e;
        });
      // Of another's service not even this is told: that it exists.
      const seen = service !== undefined && sees(caller, service.project) ? service : undefined;
      return view(found(seen, "service", params.service, "fairlead services list shows them."));
    },
    async createService({ caller, body }) {
      const wish = partsOf(body, now());
      const deed = {
        action: "service.create.asked",
        subject: `project:${body.project}`,
        project: body.project,
        after: json(wish),
      };
      return audited(services.trail, caller, deed, async () => {
        // The book checks each part again, the public keys above all.
        const made = await book().create(wish as NewService, by(caller));
        return { service: view(made.service), secret: made.secret ?? null };
      });
    },
    async updateService({ caller, params, body }) {
      const before = await book().get(params.service);
      const { id, project } = before;
      const { version = before.version, ...asked } = body;
      if (version !== before.version) {
        const reason = `The service ${id} is at version ${before.version}, not ${version}: read it again.`;
        throw new AdminRefusal("admin_conflict", { reason });
      }
      if (before.revoked_at !== undefined) {
        throw new AdminRefusal("admin_conflict", { reason: `The service ${id} is revoked. Make a new one.` });
      }
      const change = partsOf(asked, now());
      if (Object.keys(change).length === 0) {
        throw new AdminRefusal("admin_bad_field", { where: "body", problems: "says nothing that is to be changed" });
      }
      const deed = {
        action: "service.update.asked",
        subject: `service:${id}`,
        project,
        before: json(view(before)),
        after: json(change),
      };
      return audited(services.trail, caller, deed, async () =>
        // The book checks each part again.
        view(await book().update(id, change as ServiceChange, by(caller), version)),
      );
    },
    async rotateService({ caller, params, body }) {
      const { project } = await book().get(params.service);
      const deed = { action: "service.rotate.asked", subject: `service:${params.service}`, project };
      return audited(services.trail, caller, deed, async () => {
        const made = await book().rotate(params.service, by(caller), body.overlap_seconds * 1_000);
        return { service: view(made.service), secret: made.secret };
      });
    },
    async revokeService({ caller, params }) {
      const { project } = await book().get(params.service);
      const deed = { action: "service.revoke.asked", subject: `service:${params.service}`, project };
      return audited(services.trail, caller, deed, async () => view(await book().revoke(params.service, by(caller))));
    },
  };
}

/** Handlers of sign-ins. */
export function signInListHandlers({ services }: Bench): Handlers<keyof typeof FAMILY_ROUTES> {
  const book = () => needed(services.families, "a store for sign-ins", HINT);
  return {
    async listSignIns({ caller, query }) {
      const project = projectFor(caller, query.project);
      const all = await book().list(project === undefined ? {} : { project }, ALL);
      const seen = all.filter((one) => sees(caller, one.project));
      const { items, next } = paged(seen, (one) => one.id, query);
      return { sign_ins: items.map(signInView), next };
    },
    async endSignIn({ caller, params }) {
      const deed = { action: "token.end.asked", subject: `family:${params.sign_in}` };
      return audited(services.trail, caller, deed, async () => ({
        ended: (await book().endFamily(params.sign_in, "admin", by(caller))) ? 1 : 0,
      }));
    },
    async endSignIns({ caller, body }) {
      const deed = { action: "token.end_all.asked", subject: body.actor };
      return audited(services.trail, caller, deed, async () => ({
        ended: await book().endActor(body.actor, by(caller)),
      }));
    },
  };
}

/** The parts of a service under the names of the records, without what is undefined. */
function partsOf(asked: Parameters<typeof modelParts>[0] & Parameters<typeof endOf>[0], now: number): object {
  const { allowedModels, expires_in_seconds: _, ...rest } = modelParts(asked);
  const all = { ...rest, allowed_models: allowedModels, expires_at: endOf(asked, now) };
  return Object.fromEntries(Object.entries(all).filter(([, one]) => one !== undefined));
}

function serviceView(one: ServiceView, now: number) {
  const { ip, limits, budget, models, expires_at: end = Number.POSITIVE_INFINITY } = one;
  return {
    id: one.id,
    project: one.project,
    name: one.name,
    scopes: [...one.scopes],
    allowed_models: one.allowed_models === undefined ? null : [...one.allowed_models],
    ip: ip === undefined ? null : { allow: [...ip.allow], deny: [...ip.deny] },
    limits: (limits ?? null) as Fragment | null,
    budget: (budget ?? null) as Fragment | null,
    models: (models ?? null) as Fragment[] | null,
    disabled: one.disabled,
    state: stateOf(one, end <= now),
    version: one.version,
    secrets: one.secrets.map(({ prefix, created_at, expires_at }) => ({
      prefix,
      created_at: isoTime(created_at),
      expires_at: isoTime(expires_at),
    })),
    public_keys: one.public_keys.length,
    created_at: isoTime(one.created_at),
    created_by: one.created_by,
    expires_at: isoTime(one.expires_at),
  };
}

function stateOf(one: ServiceView, ended: boolean): "active" | "disabled" | "expired" | "revoked" {
  if (one.revoked_at !== undefined) return "revoked";
  return ended ? "expired" : one.disabled ? "disabled" : "active";
}

function signInView(one: FamilyRecord) {
  return {
    id: one.id,
    actor: one.actor,
    project: one.project,
    client: one.client,
    scopes: [...one.scopes],
    allowed_models: one.models === undefined ? null : [...one.models],
    created_at: isoTime(one.created_at),
    used_at: isoTime(one.used_at),
    expires_at: isoTime(one.expires_at),
  };
}
