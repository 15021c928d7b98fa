// What operators look at and turn: limits, upstreams, requests.

import { z } from "zod";
import { route } from "./route.ts";
import { DAY_SECONDS, line, name, time, whole, wholeQuery } from "./shapes.ts";

/** What an operator set for an upstream. */
export const upstreamControl = z
  .object({
    mode: z.enum(["normal", "drain", "open", "closed"]),
    weight: z.number().nullable().meta({ description: "In place of the file's; null: the file's." }),
    reason: z.string().nullable(),
    by: z.string(),
    at: time,
    until: time.nullable().meta({
      description: "When the mode ends by itself, or the weight where the mode is normal; null: when somebody ends it.",
    }),
    weight_until: time.nullable().meta({ description: "When the weight ends by itself; null: when somebody ends it." }),
  })
  .meta({ id: "UpstreamControl" });

const upstreamView = z
  .looseObject({
    name: z.string(),
    state: z.string().meta({ description: "closed, half-open, open or parked: its worst circuit." }),
    why: z.string(),
    weight: z.number(),
    control: upstreamControl.nullable(),
  })
  .meta({ id: "Upstream" });

const MODE_RULE = "must be normal, drain, open or closed";
const WEIGHT_RULE = "must be a number above 0, at most 1000; to send nothing there use mode drain";
const upstreamParam = z.strictObject({ upstream: name });

/** Routes of upstreams. */
export const UPSTREAM_ROUTES = {
  listUpstreams: route({
    method: "GET",
    path: "/api/upstreams",
    access: "admin:read",
    tag: "Upstreams",
    says: "Upstreams with their state, what they did lately, and what was set for them by hand.",
    answer: z.object({ upstreams: z.array(upstreamView) }),
  }),
  getUpstream: route({
    method: "GET",
    path: "/api/upstreams/{upstream}",
    access: "admin:read",
    tag: "Upstreams",
    says: "One upstream.",
    params: upstreamParam,
    answer: upstreamView,
  }),
  controlUpstream: route({
    method: "PATCH",
    path: "/api/upstreams/{upstream}/control",
    access: "admin:write",
    tag: "Upstreams",
    says: "Sets by hand how an upstream is used, on all instances, across reloads and restarts. drain: no new work but what cannot go elsewhere; open: nothing at all; closed: used whatever its circuits say; normal: as they say.",
    params: upstreamParam,
    body: z
      .strictObject({
        mode: z.enum(["normal", "drain", "open", "closed"], { error: MODE_RULE }).optional(),
        weight: z
          .number({ error: WEIGHT_RULE })
          .positive({ error: WEIGHT_RULE })
          .max(1_000, { error: WEIGHT_RULE })
          .nullish()
          .meta({ description: "Its share beside others where balance spreads; null: the file's." }),
        reason: line.optional(),
        for_seconds: whole(1, 30 * DAY_SECONDS)
          .optional()
          .meta({ description: "What is set by this ends by itself after so long; the rest keeps its end." }),
      })
      .refine((body) => body.mode !== undefined || body.weight !== undefined, {
        error: "must set mode, weight, or both",
      }),
    answer: upstreamView,
  }),
  clearUpstream: route({
    method: "DELETE",
    path: "/api/upstreams/{upstream}/control",
    access: "admin:write",
    tag: "Upstreams",
    says: "Takes back all that was set by hand.",
    params: upstreamParam,
    answer: upstreamView,
  }),
};

const requestView = z.looseObject({ id: z.string(), project: z.string().nullable() }).meta({ id: "Request" });

/** Callers have ids of their own making in hand, too: what is none of ours is simply not there. */
const requestParam = z.strictObject({ request: z.string() });

/** Routes of requests. */
export const REQUEST_ROUTES = {
  listRequests: route({
    method: "GET",
    path: "/api/requests",
    access: "project:read",
    tag: "Requests",
    says: "Requests under way, and the last ones with what was done about each.",
    query: z.strictObject({ project: name.optional() }),
    answer: z.object({
      kept: z.int(),
      under_way: z.object({ total: z.int(), requests: z.array(requestView) }),
      requests: z.array(requestView),
    }),
  }),
  getRequest: route({
    method: "GET",
    path: "/api/requests/{request}",
    access: "project:read",
    tag: "Requests",
    says: "One request with every decision that was made about it.",
    params: requestParam,
    answer: requestView,
  }),
  cancelRequest: route({
    method: "POST",
    path: "/api/requests/{request}/cancel",
    access: "admin:write",
    tag: "Requests",
    says: "Ends a request under way: its caller is told so, its upstream is let go.",
    params: requestParam,
    answer: z.object({ cancelled: z.string() }),
  }),
};

const limitView = z
  .object({
    scope: z.enum(["everyone", "project", "key", "service"]),
    project: z.string().nullable().meta({ description: "null: of all projects together." }),
    key: z.string().nullable().meta({ description: "Id of the key or service whose limit it is." }),
    name: z.string().nullable().meta({ description: "What people call the key or service." }),
    models: z.string().nullable().meta({ description: "Pattern of the models that it is for; null for all." }),
    dimension: z.enum([
      "requests",
      "input_tokens",
      "output_tokens",
      "streams",
      "usd_per_hour",
      "usd_per_day",
      "usd_per_month",
    ]),
    limit: z.number().meta({ description: "A minute (requests, tokens), at once (streams), or US dollars." }),
    used: z.number().nullable().meta({ description: "null: shared, and this instance was not asked for it lately." }),
    remaining: z.number().nullable(),
    resets_at: time.nullable().meta({ description: "When it is full again or begins anew; null when it is full." }),
    kept: z
      .enum(["here", "shared", "share"])
      .meta({ description: "here: by this instance; shared: over Redis; share: Redis is away, this instance's part." }),
  })
  .meta({ id: "Limit" });

/** Routes of limits. */
export const LIMIT_ROUTES = {
  listLimits: route({
    method: "GET",
    path: "/api/limits",
    access: "project:read",
    tag: "Limits",
    says: "What each limit and budget allows, and how much of it is used now.",
    query: z.strictObject({ project: name.optional(), limit: wholeQuery(1, 10_000, 1_000) }),
    answer: z.object({
      at: time,
      sharing: z
        .enum(["alone", "shared", "away"])
        .meta({ description: "Whether instances share limits; away: they do, and Redis does not answer." }),
      instances: z.int(),
      total: z.int().meta({ description: "How many there are; those that are fullest are shown." }),
      limits: z.array(limitView),
    }),
  }),
};
