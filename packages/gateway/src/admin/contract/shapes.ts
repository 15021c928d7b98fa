// Shapes that several routes of the admin contract use.

import { parseDay, parseRfc3339 } from "@fairlead/protocol";
import { z } from "zod";

const NAME_RULE = "must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit";

/** Name of a project or an upstream. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, { error: NAME_RULE });

/** An id that Fairlead gave. */
export const id = z
  .string()
  .regex(/^[\w.:-]{1,100}$/, { error: "must be an id: 1 to 100 letters, digits, dots, colons, dashes or underscores" });

/** A point in time as answers have it. */
export const time = z.iso.datetime({ precision: 3 }).meta({ description: "UTC, ISO 8601." });

const WHEN_RULE = "must be a date such as 2026-11-21 (UTC) or a time such as 2026-11-21T08:00:00Z";

/** A point in time as a question has it: a date, or a date with a time and a zone. */
export const when = z
  .string()
  .transform((text, context) => {
    const at = parseDay(text) ?? parseRfc3339(text);
    if (at !== undefined) return at;
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

/** JSON of whatever form. */
export const anything = z.unknown();
