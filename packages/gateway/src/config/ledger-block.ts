// Options of the ledger: how long rows are kept, how much may wait, prices of one's own, and what is sampled.

import type { BlockSpec, Values } from "@fairlead/engine";
import { findModel, type PriceRow, parseDay } from "@fairlead/protocol";
import { z } from "zod";
import { optionalBlockSchema } from "./option-schema.ts";

const DAY = 86_400_000;
const MB = 1_048_576;

/** Options of `ledger`. */
export const LEDGER_OPTIONS = {
  keep: {
    kind: "duration",
    min: DAY,
    max: 3_650 * DAY,
    default: 400 * DAY,
    says: "How long rows of single attempts are kept; the sums by hour and day stay for good.",
  },
  spool: {
    kind: "integer",
    min: 16 * MB,
    max: 1_048_576 * MB,
    default: 1_024 * MB,
    unit: "bytes",
    says: "Rows that may wait in data_dir while the store is down; from 80 % on batch work is turned away, at 100 % all work.",
  },
} as const satisfies BlockSpec;

/** Values of `ledger`. */
export type LedgerConfig = Values<typeof LEDGER_OPTIONS>;

/** One row of `prices`, filled in. */
export interface PriceConfig extends PriceRow {
  readonly model: string;
}

const USD_RULE = "must be US dollars for a million tokens, 0 to 10000";
const usd = (says: string) =>
  z
    .number({ error: USD_RULE })
    .min(0, { error: USD_RULE })
    .max(10_000, { error: USD_RULE })
    .meta({ description: says });
const BAND_RULE = "must be a whole number of tokens from 1 to 100000000";

const price = z
  .strictObject({
    model: z
      .string()
      .regex(/^[\w.:@/-]{1,128}$/, { error: "must be a model's name as answers tell it, 1 to 128 characters" })
      .meta({ description: "The model's name, as answers tell it." }),
    from: z
      .string()
      .refine((day) => parseDay(day) !== undefined, { error: "must be a day such as 2026-11-21" })
      .default("1970-01-01")
      .meta({ description: "First day (UTC) on which the row holds. Default: since the beginning." }),
    input: usd("US dollars for a million uncached input tokens."),
    output: usd("US dollars for a million output tokens."),
    cache_read: usd("Default: a tenth of input.").optional(),
    cache_write_5m: usd("Default: 1.25 times input.").optional(),
    cache_write_1h: usd("Default: twice input.").optional(),
    prompt_over: z
      .int({ error: BAND_RULE })
      .min(1, { error: BAND_RULE })
      .max(100_000_000, { error: BAND_RULE })
      .optional()
      .meta({ description: "The row holds for requests with more input tokens than this, for all of their tokens." }),
    speed: z.enum(["fast"]).optional().meta({ description: "The row holds for requests in fast mode." }),
  })
  .transform(
    (row): PriceConfig => ({
      model: row.model,
      from: row.from,
      input: row.input,
      output: row.output,
      // 0.1 * 3 is not 0.3 in binary.
      cacheRead: row.cache_read ?? rounded(row.input * 0.1),
      cacheWrite5m: row.cache_write_5m ?? rounded(row.input * 1.25),
      cacheWrite1h: row.cache_write_1h ?? rounded(row.input * 2),
      ...(row.prompt_over === undefined ? {} : { promptOver: row.prompt_over }),
      ...(row.speed === undefined ? {} : { speed: row.speed }),
    }),
  );

/** `prices`: rows that go before those of the table, or add to them. */
export const pricesField: z.ZodType<readonly PriceConfig[]> = z
  .array(price)
  .max(1_000, { error: "must hold at most 1000 rows" })
  .superRefine((rows, context) => {
    const seen = new Map<string, number>();
    for (const [i, row] of rows.entries()) {
      const key = JSON.stringify([pricedModel(row.model), row.from, row.promptOver, row.speed]);
      const first = seen.get(key);
      seen.set(key, i);
      if (first === undefined) continue;
      const message = `says the same as row ${first + 1}: one price for a model, day, band and speed`;
      context.addIssue({ code: "custom", message, path: [i], input: row });
    }
  })
  .default([])
  .meta({ description: "Prices that go before the built-in table or add to it, each from a day on." });

/** Options of `projects[].sampling`. */
export const SAMPLING_OPTIONS = {
  rate: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0.01,
    unit: "of 1",
    says: "Share of attempts whose prompt and answer are kept, with placeholders for secrets and personal data.",
  },
  expire: {
    kind: "duration",
    min: 60_000,
    max: 90 * DAY,
    default: 7 * DAY,
    says: "How long they are kept.",
  },
} as const satisfies BlockSpec;

/** The field `sampling` of a project. */
export const samplingField: z.ZodType<Values<typeof SAMPLING_OPTIONS> | undefined> = optionalBlockSchema(
  SAMPLING_OPTIONS,
).meta({
  description: "Keeps some prompts and answers, redacted, for a while. Left out: none is ever stored.",
});

/** The id under which a model's prices stand: that of the table for one that is known there. */
export function pricedModel(model: string): string {
  return findModel(model)?.id ?? model;
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
