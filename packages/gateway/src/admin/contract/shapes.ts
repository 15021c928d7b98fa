// Shapes that several routes of the admin contract use.

import { parseDay, parseRfc3339 } from "@fairlead/protocol";
import { z } from "zod";
import { LATEST_MS } from "../../identity/record-shapes.ts";

/** Seconds of a day. */
export const DAY_SECONDS = 86_400;

const NAME_RULE = "must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";

/** Name of a project or an upstream. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: NAME_RULE });

/** An id that Fairlead gave. */
export const id = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, { error: "must be an id: 1 to 100 letters, digits, dots, colons, dashes or underscores" });

/** A point in time as answers have it. */
export const time = z.iso.datetime({ precision: 3 }).meta({ description: "UTC, ISO 8601." });

/** The first moment of the year 0, Unix milliseconds. */
const EARLIEST_MS = -62_167_219_200_000;
const WHEN_RULE = "must be a date such as 2026-11-21 (UTC) or a time such as 2026-11-21T08:00:00Z";

/** A point in time as a question has it: a date, or a date with a time and a zone. */
export const when = z
  .string()
  .transform((text, context) => {
    const at = parseDay(text) ?? parseRfc3339(text);
    // With its zone a time of the first or the last year may lie in one that answers cannot tell.
    if (at !== undefined && at >= EARLIEST_MS && at <= LATEST_MS) return at;
    context.issues.push({ code: "custom", message: WHEN_RULE, input: text });
    return z.NEVER;
  })
  .meta({ description: WHEN_RULE });

const WHOLE = (low: number, high: number) => `must be a whole number from ${low} to ${high}`;

/** A whole number in a query, with a default. */
export function wholeQuery(low: number, high: number, standard: number) {
  const error = WHOLE(low, high);
  return z
    .string()
    .regex(/^\d{1,12}$/, { error })
    .transform(Number)
    .pipe(z.int().min(low, { error }).max(high, { error }))
    .default(standard);
}

/** What lists that may be long are asked with: they are told by name or id, a page at a time. */
export const pageQuery = {
  after: z
    .string()
    .regex(/^[\w.:-]{1,100}$/, { error: "must be `next` of the page before" })
    .optional()
    .meta({ description: "`next` of the page before." }),
  limit: wholeQuery(1, 10_000, 1_000),
};

/** Where the next page begins. */
export const nextPage = z
  .string()
  .nullable()
  .meta({ description: "Given as `after`, the next page; null: there is none." });

/** A whole number in a body. */
export function whole(low: number, high: number) {
  const error = WHOLE(low, high);
  return z.int({ error }).min(low, { error }).max(high, { error });
}

/** Free text of people, on one line. */
export const line = z
  .string()
  .trim()
  .min(1, { error: "must not be empty" })
  .max(200, { error: "must be at most 200 characters" })
  .regex(/^[^\p{Cc}]*$/u, { error: "must be one line without control characters" });

/** What an admin credential, a key or a token may do. */
export const SCOPES = ["messages", "batches", "files", "admin:read", "admin:write"] as const;

/** Scopes of a key. */
export const scopes = z
  .array(z.enum(SCOPES, { error: `must be one of ${SCOPES.join(", ")}` }))
  .min(1, { error: `must name at least one of ${SCOPES.join(", ")}` })
  .max(SCOPES.length);

/** A pattern of model names. */
export const modelPattern = z
  .string()
  .regex(/^[\w.:@*-]{1,100}$/, { error: "must be a model name in which * stands for anything" });

/** The models that may be used, as patterns. */
export const allowedModels = z
  .array(modelPattern)
  .min(1, { error: "must name at least one pattern; leave it out to allow every model" })
  .max(100)
  .meta({ description: "The models that may be used, as patterns; left out: all." });

const BY_MODEL_RULE =
  'must be limits by model such as [{"match":"claude-opus-*","limits":{"rpm":10}}]; allowed_models names what may be used';

/** Limits and budgets of some models. A list of names is what `allowed_models` was called first, and is taken for it. */
export const modelLimits = z
  .union([z.array(modelPattern).min(1).max(100), z.array(z.record(z.string(), z.unknown())).max(100)], {
    error: BY_MODEL_RULE,
  })
  .meta({
    description:
      "Limits and budgets of some models, as under projects in fairlead.yaml. A list of names is taken for allowed_models, as it was called before.",
  });

/** JSON of whatever form. */
export const anything = z.unknown();

/** A part of a project, key or service that the configuration reference describes. */
export const fragment = z
  .record(z.string(), anything, { error: "must be an object, as under projects in fairlead.yaml" })
  .meta({ description: "As under projects in fairlead.yaml." });

/** Where requests may come from. */
export const addresses = z
  .strictObject({
    allow: z.array(z.string().max(60)).max(1_000).optional(),
    deny: z.array(z.string().max(60)).max(1_000).optional(),
  })
  .meta({ description: "Addresses or ranges that may ask, and that may not." });

/** The models that may be used, as they are shown. */
export const allowed = z
  .array(z.string())
  .nullable()
  .meta({ description: "Patterns of models that it may use; null for all." });

/** Limits and budgets of some models, as they are shown. */
export const byModel = z.array(fragment).nullable().meta({ description: "Limits and budgets of some models." });

/** The version that a change is meant for. */
export const version = whole(1, Number.MAX_SAFE_INTEGER)
  .optional()
  .meta({ description: "Only when it still is this version; 409 otherwise." });

const LIFE_SAYS = "It ends after so long; or give expires_at.";
const END_SAYS = "When it ends; or give expires_in_seconds.";
const lifeSeconds = whole(60, 3_650 * DAY_SECONDS);

/** The end of something new. */
export const endOfNew = {
  expires_in_seconds: lifeSeconds.optional().meta({ description: LIFE_SAYS }),
  expires_at: when.optional().meta({ description: END_SAYS }),
};

/** The end of something, to be changed. */
export const endOfChanged = {
  expires_in_seconds: lifeSeconds.nullish().meta({ description: `${LIFE_SAYS} null: it has no end.` }),
  expires_at: when.nullish().meta({ description: END_SAYS }),
};
