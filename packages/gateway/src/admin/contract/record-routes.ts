// What is on record: usage, the ledger, the audit log.

import { z } from "zod";
import { route } from "./route.ts";
import { anything, id, name, time, when, wholeQuery } from "./shapes.ts";

/** What usage can be asked by. */
export const DIMENSIONS = ["hour", "day", "project", "key", "model", "upstream", "actor"] as const;

const BY_RULE = `must be names from ${DIMENSIONS.join(", ")}, with commas between them`;

const filter = {
  from: when.optional().meta({ description: "From this time on." }),
  to: when.optional().meta({ description: "Before this time." }),
  project: name.optional(),
  key: id.optional(),
  model: z.string().max(200).optional(),
  upstream: name.optional(),
};

const count = z.int();
const dollars = z.number().meta({ description: "US dollars, as near as a number comes." });
const pico = z
  .string()
  .regex(/^-?\d+$/)
  .meta({ description: "Pico-dollars (1e-12 USD), exactly; below 0 where corrections take back more than there was." });

/** One line of usage. */
export const usageLine = z
  .object({
    at: time.optional(),
    project: z.string().optional(),
    key: z.string().optional().meta({ description: "Id of the key, or of the service whose token it was." }),
    key_name: z.string().nullable().optional().meta({ description: "What people call it; null when it has no name." }),
    model: z.string().optional(),
    upstream: z.string().optional(),
    actor: z.string().optional(),
    attempts: count,
    failed: count,
    estimated: count,
    unpriced: count,
    input_tokens: count,
    cache_write_5m_tokens: count,
    cache_write_1h_tokens: count,
    cache_read_tokens: count,
    output_tokens: count,
    thinking_tokens: count,
    web_search_requests: count,
    web_fetch_requests: count,
    usd: dollars,
    pico_usd: pico,
  })
  .meta({ id: "UsageLine" });

/** Routes of usage and the ledger. */
export const USAGE_ROUTES = {
  getUsage: route({
    method: "GET",
    path: "/api/usage",
    access: "project:read",
    tag: "Usage",
    says: "Sums of tokens and cost by the dimensions asked for. Times are rounded down to whole hours (UTC).",
    query: z.strictObject({
      ...filter,
      by: z
        .string()
        .default("day")
        .transform((text) => [...new Set(text.split(","))])
        .pipe(z.array(z.enum(DIMENSIONS, { error: BY_RULE })).max(DIMENSIONS.length))
        .meta({ description: BY_RULE }),
      format: z.enum(["json", "csv"], { error: "must be json or csv" }).default("json"),
    }),
    answer: z.object({ by: z.array(z.enum(DIMENSIONS)), lines: z.array(usageLine) }),
    also: ["text/csv; charset=utf-8"],
  }),
  listLedger: route({
    method: "GET",
    path: "/api/ledger",
    access: "project:read",
    tag: "Usage",
    says: "Single attempts, the newest first, a page at a time.",
    query: z.strictObject({
      ...filter,
      request: id.optional(),
      limit: wholeQuery(1, 1_000, 100),
      before: z.string().max(200).optional().meta({ description: "`next` of the page before." }),
    }),
    answer: z.object({
      rows: z.array(z.record(z.string(), anything)),
      next: z.string().nullable(),
    }),
  }),
};

const auditEntry = z
  .object({
    seq: z.int(),
    at: time,
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    project: z.string().nullable(),
    from: z.string().nullable(),
    detail: anything,
    previous: z.string(),
    hash: z.string(),
  })
  .meta({ id: "AuditEntry" });

/** Routes of the audit log. */
export const AUDIT_ROUTES = {
  listAudit: route({
    method: "GET",
    path: "/api/audit",
    access: "admin:read",
    tag: "Audit",
    says: "Entries of the audit log, the oldest first, a page at a time.",
    query: z.strictObject({
      after: wholeQuery(0, Number.MAX_SAFE_INTEGER, 0).meta({ description: "Entries behind this number." }),
      limit: wholeQuery(1, 1_000, 100),
    }),
    answer: z.object({ entries: z.array(auditEntry), next: z.int().nullable() }),
  }),
  verifyAudit: route({
    method: "GET",
    path: "/api/audit/verify",
    access: "admin:read",
    tag: "Audit",
    says: "Walks the whole log and tells the first entry that does not follow from the one before, or that is missing: the newest one that this instance wrote, and the one with the hash `head`.",
    query: z.strictObject({
      head: z
        .string()
        .regex(/^[0-9a-f]{64}$/, { error: "must be a head that was told earlier: 64 hex digits" })
        .optional()
        .meta({ description: "A head that was told earlier: an entry must have it." }),
    }),
    answer: z.object({
      whole: z.boolean(),
      entries: z.int(),
      broken_at: z.int().nullable(),
      why: z
        .enum(["changed", "cut short", "head missing"])
        .nullable()
        .meta({ description: "changed: an entry or what stood before it; cut short: entries at the end are gone." }),
      head: z.string().meta({ description: "Hash of the newest entry: note it elsewhere to notice a log cut short." }),
    }),
  }),
};
