// Services and sign-ins: shown without secrets, changed with an audit entry.

import type { NewService, ServiceView } from "../../identity/service-book.ts";
import type { FamilyRecord } from "../../identity/token-records.ts";
import { audited } from "../audited.ts";
import type { FAMILY_ROUTES, SERVICE_ROUTES } from "../contract/service-routes.ts";
import { type Caller, projectFor, sees } from "../gate/gate.ts";
import { type Bench, type Handlers, isoTime, needed } from "./handler.ts";

const HINT = "Set `store` in fairlead.yaml.";
/** Shown at most. */
const MOST = 10_000;

/** Handlers of services. */
export function serviceHandlers({ services }: Bench): Handlers<keyof typeof SERVICE_ROUTES> {
  const book = () => needed(services.accounts, "a store for services", HINT);
  return {
    async listServices({ caller, query }) {
      const project = projectFor(caller, query.project);
      const all = await book().list(project === undefined ? {} : { project }, undefined, MOST);
      return { services: all.filter((one) => sees(caller, one.project)).map(serviceView) };
    },
    async createService({ caller, body }) {
      const deed = { action: "service.create.asked", subject: `project:${body.project}`, project: body.project };
      return audited(services.trail, caller, deed, async () => {
        // The book checks each part again, the public keys above all.
        const made = await book().create(body as NewService, by(caller));
        return { service: serviceView(made.service), secret: made.secret ?? null };
      });
    },
    async rotateService({ caller, params, body }) {
      const { project } = await book().get(params.service);
      const deed = { action: "service.rotate.asked", subject: `service:${params.service}`, project };
      return audited(services.trail, caller, deed, async () => {
        const made = await book().rotate(params.service, by(caller), body.overlap_seconds * 1_000);
        return { service: serviceView(made.service), secret: made.secret };
      });
    },
    async revokeService({ caller, params }) {
      const { project } = await book().get(params.service);
      const deed = { action: "service.revoke.asked", subject: `service:${params.service}`, project };
      return audited(services.trail, caller, deed, async () =>
        serviceView(await book().revoke(params.service, by(caller))),
      );
    },
  };
}

/** Handlers of sign-ins. */
export function signInListHandlers({ services }: Bench): Handlers<keyof typeof FAMILY_ROUTES> {
  const book = () => needed(services.families, "a store for sign-ins", HINT);
  return {
    async listSignIns({ caller, query }) {
      const project = projectFor(caller, query.project);
      const all = await book().list(project === undefined ? {} : { project }, MOST);
      return { sign_ins: all.filter((one) => sees(caller, one.project)).map(signInView) };
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

function serviceView(one: ServiceView) {
  return {
    id: one.id,
    project: one.project,
    name: one.name,
    scopes: [...one.scopes],
    models: one.models === undefined ? null : [...one.models],
    state: one.revoked_at === undefined ? ("active" as const) : ("revoked" as const),
    secrets: one.secrets.map(({ prefix, created_at, expires_at }) => ({
      prefix,
      created_at: isoTime(created_at),
      expires_at: isoTime(expires_at),
    })),
    public_keys: one.public_keys.length,
    created_at: isoTime(one.created_at),
    created_by: one.created_by,
  };
}

/** Nothing of the tokens themselves. */
function signInView(one: FamilyRecord) {
  return {
    id: one.id,
    actor: one.actor,
    project: one.project,
    client: one.client,
    scopes: [...one.scopes],
    models: one.models === undefined ? null : [...one.models],
    created_at: isoTime(one.created_at),
    used_at: isoTime(one.used_at),
    expires_at: isoTime(one.expires_at),
  };
}

function by({ actor, from }: Caller): { readonly actor: string; readonly from: string } {
  return { actor, from };
}
