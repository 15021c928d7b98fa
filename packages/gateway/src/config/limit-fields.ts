// Limits and budgets as the file and the admin API write them: for a project, a key, models, or everyone.

import {
  type Allowance,
  BUDGET_OPTIONS,
  DUPLICATE_OPTIONS,
  type Duplicates,
  TENANCY_OPTIONS,
  TENANT_LIMIT_OPTIONS,
  type TenantBudget,
  type TenantLimits,
  type Values,
} from "@fairlead/engine";
import { z } from "zod";
import { blockFields, optionSchema, partialBlockSchema } from "./option-schema.ts";

const limits = partialBlockSchema(TENANT_LIMIT_OPTIONS).meta({
  description: "Limits; all that are set hold at once, and what is left out is not limited.",
});
const budget = partialBlockSchema(BUDGET_OPTIONS).meta({
  description: "Dollars by the list price of what is used, for calendar windows in UTC.",
});

const modelAllowance = z.strictObject({
  match: z
    .string()
    .min(1, { error: "must be a model name; * stands for anything" })
    .max(200, { error: "must be at most 200 characters" })
    .meta({ description: "A model name in which * stands for anything. Every entry that matches holds." }),
  limits,
  budget,
});

/** The fields `limits`, `budget` and `models`, to be spread into whatever may have them: projects, keys, everyone. */
export const limitFields: {
  limits: z.ZodType<TenantLimits | undefined>;
  budget: z.ZodType<TenantBudget | undefined>;
  models: z.ZodType<Allowance["models"]>;
} = {
  limits,
  budget,
  models: z
    .array(modelAllowance)
    .max(100, { error: "must hold at most 100 entries" })
    .optional()
    .meta({ description: "Further limits and budgets for some models." }) as unknown as z.ZodType<Allowance["models"]>,
};

/** An allowance by itself, as a stored record or a request to the admin API holds it. */
export const allowanceSchema: z.ZodType<Allowance> = z.strictObject(limitFields) as unknown as z.ZodType<Allowance>;

/** The field `duplicates` of a project. */
export const duplicatesField: z.ZodType<Duplicates | undefined> = z
  .strictObject({
    window: optionSchema(DUPLICATE_OPTIONS.window),
    answer: optionSchema(DUPLICATE_OPTIONS.answer).prefault(DUPLICATE_OPTIONS.answer.default),
  })
  .optional()
  .meta({ description: "What becomes of the same request sent again." }) as unknown as z.ZodType<
  Duplicates | undefined
>;

/** The same for a project of the store: one answer for duplicates is refused where nothing is joined. */
export function joinedDuplicates(joining: () => boolean): z.ZodType<Duplicates | undefined> {
  return duplicatesField.superRefine((given, context) => {
    if (given?.answer !== "once" || given.window === 0 || joining()) return;
    const message =
      "has no effect while join.messages is off. Set join.messages to keyed in fairlead.yaml, or answer to refuse";
    context.addIssue({ code: "custom", path: ["answer"], message, input: given.answer });
  });
}

/** The block `tenancy`. */
export const tenancyField: z.ZodType<TenancyConfig> = z
  .strictObject({
    ...blockFields(TENANCY_OPTIONS),
    everyone: z
      .strictObject(limitFields)
      .optional()
      .meta({ description: "Limits and budgets of all projects together." }),
  })
  .prefault({}) as unknown as z.ZodType<TenancyConfig>;

/** How limits are kept, and those of all projects together. */
export type TenancyConfig = Values<typeof TENANCY_OPTIONS> & { readonly everyone?: Allowance | undefined };
