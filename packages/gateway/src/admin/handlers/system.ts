// Health, metrics, state, and who one is.

import type { SYSTEM_ROUTES } from "../contract/system-routes.ts";
import { openApi } from "../openapi.ts";
import { type Bench, type Handlers, Raw } from "./handler.ts";

const TEXT = "text/plain; charset=utf-8";

/** Handlers of the gateway's own routes. */
export function systemHandlers({ services }: Bench): Handlers<keyof typeof SYSTEM_ROUTES> {
  return {
    async overview() {
      return new Raw(
        "Fairlead admin: /metrics /healthz /readyz, and /api/* with a credential (fairlead admin openapi lists it)\n",
        TEXT,
      );
    },
    async alive() {
      return new Raw("ok\n", TEXT);
    },
    async ready() {
      return services.ready() ? new Raw("ok\n", TEXT) : new Raw("draining\n", TEXT, { status: 503 });
    },
    async metrics() {
      return new Raw(services.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    },
    async whoAmI({ caller }) {
      const { actor, kind, project, scopes } = caller;
      return { actor, kind, project: project ?? null, scopes: scopes.filter(isScope) };
    },
    async openapi() {
      return openApi();
    },
    async state() {
      return { ...services.state() };
    },
  };
}

type Scope = "messages" | "batches" | "files" | "admin:read" | "admin:write";

function isScope(text: string): text is Scope {
  return ["messages", "batches", "files", "admin:read", "admin:write"].includes(text);
}
