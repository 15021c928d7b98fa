// Configuration with its revisions.

import { z } from "zod";
import { route } from "./route.ts";
import { anything, id, line, time, whole } from "./shapes.ts";

const tag = "Configuration";
const MAX_YAML = 1_000_000;
const yaml = z
  .string({ error: "must be the text of a configuration file" })
  .min(1, { error: "must not be empty" })
  .max(MAX_YAML, { error: `must be at most ${MAX_YAML} characters` });

/** A revision as it is shown. */
export const revisionView = z
  .object({
    id: z.string(),
    state: z.string().meta({ description: "active, canary, superseded, rolled-back, refused." }),
    at: time,
    by: z.string(),
    reason: z.string().nullable(),
    canary_percent: z.number().nullable(),
  })
  .meta({ id: "Revision" });

const problem = z
  .object({ line: z.int(), column: z.int(), path: z.string(), code: z.string(), message: z.string() })
  .meta({ id: "ConfigProblem" });

const revisionParam = z.strictObject({ revision: id });

/** Routes of the configuration. */
export const CONFIG_ROUTES = {
  getConfig: route({
    method: "GET",
    path: "/api/config",
    access: "admin:read",
    tag,
    says: "The configuration in force: every default written out, every secret masked.",
    answer: z.object({ revision: revisionView.nullable(), config: anything, fleet: anything }),
  }),
  listRevisions: route({
    method: "GET",
    path: "/api/config/revisions",
    access: "admin:read",
    tag,
    says: "Revisions of the configuration, the newest first.",
    answer: z.object({ revisions: z.array(revisionView) }),
  }),
  getRevision: route({
    method: "GET",
    path: "/api/config/revisions/{revision}",
    access: "admin:read",
    tag,
    says: "One revision with its text; secrets are references there, never values.",
    params: revisionParam,
    answer: z.object({ revision: revisionView, yaml: z.string() }),
  }),
  diffRevision: route({
    method: "GET",
    path: "/api/config/revisions/{revision}/diff",
    access: "admin:read",
    tag,
    says: "What a revision changes against another, by default the one in force.",
    params: revisionParam,
    query: z.strictObject({ against: id.optional() }),
    answer: z.object({
      changes: z.array(z.object({ path: z.string(), before: anything, after: anything })),
    }),
  }),
  validateConfig: route({
    method: "POST",
    path: "/api/config/validate",
    // It resolves references of whoever asks, and calls the secret managers that the text names with them.
    access: "admin:write",
    tag,
    says: "Checks a configuration as `fairlead config check` does, and changes nothing.",
    body: z.strictObject({ yaml }),
    answer: z.object({ ok: z.boolean(), problems: z.array(problem), warnings: z.array(problem) }),
  }),
  applyConfig: route({
    method: "POST",
    path: "/api/config/apply",
    access: "admin:write",
    tag,
    says: "Puts a configuration in force on all instances, or on a share of the traffic first; all of it or nothing.",
    body: z.strictObject({
      yaml,
      canary_percent: whole(1, 99).optional(),
      reason: line.optional(),
      expect: id.optional().meta({ description: "Only while this revision is in force; 409 otherwise." }),
    }),
    answer: revisionView,
  }),
  promoteConfig: route({
    method: "POST",
    path: "/api/config/promote",
    access: "admin:write",
    tag,
    says: "Puts what is tried on a share of the traffic in force for all of it.",
    answer: z.object({ revision: revisionView.nullable() }),
  }),
  abortConfig: route({
    method: "POST",
    path: "/api/config/abort",
    access: "admin:write",
    tag,
    says: "Ends the trial; the configuration in force stays.",
    answer: z.object({ revision: revisionView.nullable() }),
  }),
  reloadConfig: route({
    method: "POST",
    path: "/api/config/reload",
    access: "admin:write",
    tag,
    says: "Reads the configuration and what it points to again, as SIGHUP does.",
    answer: z.object({ result: z.string().meta({ description: "applied, unchanged, trial." }) }),
  }),
  rollBackConfig: route({
    method: "POST",
    path: "/api/config/rollback",
    access: "admin:write",
    tag,
    says: "Puts an earlier revision in force again, by default the one before.",
    body: z.strictObject({ to: id.optional(), reason: line.optional() }),
    answer: revisionView,
  }),
};
