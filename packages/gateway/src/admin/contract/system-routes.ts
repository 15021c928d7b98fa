// Health, metrics, state, and who one is.

import { z } from "zod";
import { route } from "./route.ts";
import { anything, SCOPES } from "./shapes.ts";

const tag = "System";

/** Routes of the gateway itself. */
export const SYSTEM_ROUTES = {
  overview: route({
    method: "GET",
    path: "/",
    access: "open",
    tag,
    says: "What this address serves, in a few words.",
    answer: "text/plain; charset=utf-8",
  }),
  alive: route({
    method: "GET",
    path: "/healthz",
    access: "open",
    tag,
    says: "Whether the process runs: always ok.",
    answer: "text/plain; charset=utf-8",
  }),
  ready: route({
    method: "GET",
    path: "/readyz",
    access: "open",
    tag,
    says: "Whether requests should be sent here: 200 ok, or 503 draining. No store has a say in it.",
    answer: "text/plain; charset=utf-8",
    besides: { 503: "It drains: send nothing more here." },
  }),
  metrics: route({
    method: "GET",
    path: "/metrics",
    access: "metrics",
    tag,
    says: "Metrics in Prometheus' text format.",
    answer: "text/plain; version=0.0.4; charset=utf-8",
  }),
  whoAmI: route({
    method: "GET",
    path: "/api/me",
    access: "signed-in",
    tag,
    says: "Who the credential belongs to and what it may do.",
    answer: z.object({
      actor: z.string(),
      kind: z.enum(["local", "key", "token", "person"]),
      project: z.string().nullable(),
      scopes: z.array(z.enum(SCOPES)),
    }),
  }),
  openapi: route({
    method: "GET",
    path: "/api/openapi.json",
    access: "signed-in",
    tag,
    says: "This contract as an OpenAPI 3.1 document.",
    answer: z.record(z.string(), anything),
  }),
  state: route({
    method: "GET",
    path: "/api/state",
    access: "admin:read",
    tag,
    says: "The gateway's state: its layers in order, upstreams, circuits, queues, quotas.",
    answer: z.record(z.string(), anything),
  }),
};
