// The admin listener: metrics, health, and what the gateway knows of itself. Reading only; loopback by default.

import { createServer, type Server } from "node:http";
import { errorBody } from "@fairlead/protocol";
import type { UnderWay } from "../edge/running.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { KEPT, type RecentRequests } from "../telemetry/recent-requests.ts";
import { underWayList, underWayView } from "../telemetry/under-way.ts";

/** What the admin listener shows. */
export interface AdminView {
  readonly metrics: Metrics;
  ready(): boolean;
  readonly recent: RecentRequests;
  /** Requests under way, the oldest first. */
  underWay(): readonly UnderWay[];
  /** Monotonic milliseconds. */
  now(): number;
  /** The configuration: what is in force, on trial, refused, and on which instances; undefined when it has no source. */
  config(): unknown;
  /** The gateway's state as data: the pipeline's description of itself, upstreams and circuits. */
  state(): unknown;
}

/** The admin server, not yet listening. */
export function adminServer(view: AdminView): Server {
  return createServer((req, res) => {
    const path = (req.url ?? "").split("?")[0];
    const send = (status: number, type: string, text: string) => {
      const body = Buffer.from(text);
      res.writeHead(status, {
        "content-type": type,
        "content-length": body.length,
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
      });
      res.end(req.method === "HEAD" ? undefined : body);
    };
    req.resume();
    const json = (value: unknown) => send(200, "application/json", `${JSON.stringify(value, null, 2)}\n`);
    const error = (status: number, type: string, message: string) =>
      send(status, "application/json", errorBody(type, message, {}));
    // A page of another origin must not read this through a name that points to loopback (DNS rebinding).
    const hosts = req.headersDistinct.host ?? [];
    if (hosts.length > 1 || !hostAllowed(hosts[0], req.socket.localAddress))
      return error(
        421,
        "invalid_request_error",
        "This Host is not served here. Use the address that the gateway printed.",
      );
    if (req.method !== "GET" && req.method !== "HEAD")
      return error(405, "invalid_request_error", "The admin address answers GET and HEAD.");
    switch (path) {
      case "/metrics":
        return send(200, "text/plain; version=0.0.4; charset=utf-8", view.metrics.print());
      case "/healthz":
        return send(200, "text/plain", "ok\n");
      case "/readyz":
        return view.ready() ? send(200, "text/plain", "ok\n") : send(503, "text/plain", "draining\n");
      case "/api/state":
        return json(view.state());
      case "/api/config":
        return json(view.config() ?? { source: "none" });
      case "/api/requests":
        return json({ kept: KEPT, under_way: underWayList(view.underWay(), view.now()), requests: view.recent.list() });
      case "/":
        return send(
          200,
          "text/plain; charset=utf-8",
          "Fairlead admin: /metrics /healthz /readyz /api/state /api/config /api/requests\n",
        );
      default: {
        const id = /^\/api\/requests\/([\w-]{1,100})$/.exec(path ?? "")?.[1];
        if (id !== undefined) {
          const running = view.underWay().find((one) => one.id === id);
          const found = running === undefined ? view.recent.find(id) : underWayView(running, view.now());
          if (found !== undefined) return json(found);
          return error(
            404,
            "not_found_error",
            `Neither a request under way nor one of the last ${KEPT} has this id. Older ones are in the log.`,
          );
        }
        return error(
          404,
          "not_found_error",
          "The admin address serves /metrics, /healthz, /readyz, /api/state, /api/config, /api/requests and /api/requests/{id}.",
        );
      }
    }
  });
}

/** On loopback only names of loopback are accepted; elsewhere whoever can reach the address may name it as they like. */
function hostAllowed(host: string | undefined, local: string | undefined): boolean {
  const loopback =
    local === undefined || local === "::1" || local.startsWith("127.") || local.startsWith("::ffff:127.");
  if (!loopback) return true;
  const name = (host ?? "").replace(/:\d+$/, "").toLowerCase();
  return name === "localhost" || name === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(name);
}
