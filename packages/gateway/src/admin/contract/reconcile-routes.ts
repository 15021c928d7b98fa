// A provider's report beside the ledger: estimates are settled by it.

import { z } from "zod";
import { route } from "./route.ts";
import { anything, DAY_SECONDS, name, time, whole } from "./shapes.ts";

const MOST_RULE = "must be a number from 1 to 1000";
const PAGES_RULE = "must be 1 to 500 pages of the usage report, as the provider's API answers them";
const count = z.int();

const correction = z
  .object({
    id: z.string(),
    at: time,
    model: z.string().nullable(),
    upstream: z.string(),
    project: z.string(),
    key: z.string(),
    actor: z.string().nullable(),
    input_tokens: count,
    cache_write_5m_tokens: count,
    cache_write_1h_tokens: count,
    cache_read_tokens: count,
    output_tokens: count,
    web_search_requests: count,
    usd: z.number(),
    pico_usd: z.string().regex(/^-?\d+$/),
  })
  .meta({ id: "Correction", description: "A row that corrects estimates; tokens and cost may be negative." });

/** Routes of settlements. */
export const RECONCILE_ROUTES = {
  reconcile: route({
    method: "POST",
    path: "/api/reconcile",
    access: "admin:write",
    tag: "Usage",
    says: "Works out what a provider's usage report has beyond the estimates of the ledger, bucket by bucket, and books it when dry_run is false. Booking again changes nothing.",
    body: z.strictObject({
      report: z
        .array(z.record(z.string(), anything, { error: PAGES_RULE }), { error: PAGES_RULE })
        .min(1, { error: PAGES_RULE })
        .max(500, { error: PAGES_RULE })
        .meta({
          description:
            "Answers of Anthropic's GET /v1/organizations/usage_report/messages with group_by[]=model; those of cost_report are passed over.",
        }),
      by: z
        .enum(["minute", "hour", "day"], { error: "must be minute, hour or day" })
        .default("day")
        .meta({ description: "Width of the buckets that are settled; at least that of the report's." }),
      keys: z.record(z.string().max(200), name).optional().meta({
        description:
          "Upstreams by the provider's id of their key; other keys are passed over. Left out: all usage went through the gateway.",
      }),
      most: z
        .number({ error: MOST_RULE })
        .min(1, { error: MOST_RULE })
        .max(1_000, { error: MOST_RULE })
        .default(3)
        .meta({ description: "How many times the estimates may be booked." }),
      age_seconds: whole(0, 90 * DAY_SECONDS)
        .default(900)
        .meta({ description: "Only buckets that ended so long ago; 0: those of now too." }),
      dry_run: z
        .boolean({ error: "must be true or false" })
        .default(true)
        .meta({ description: "Only tells what would be booked." }),
    }),
    answer: z.object({
      from: time,
      to: time,
      dry_run: z.boolean(),
      booked: count.meta({ description: "Rows that were new." }),
      corrections: z.array(correction),
      refused: z
        .array(z.object({ at: time, model: z.string(), upstream: z.string().nullable(), why: z.string() }))
        .meta({ description: "Buckets and models that differ, and in which nothing is booked." }),
    }),
  }),
};
