// Limits and budgets of tenants.

export type { Account, AccountSpec, Dimension, Scope } from "./account.ts";
export { Accounts, type AccountsOptions } from "./accounts.ts";
export { type ConfigRules, configRules } from "./config-rules.ts";
export { type DuplicatesOf, duplicates, Seen } from "./duplicates.ts";
export type { LimitFact, LimitStoreFact } from "./facts.ts";
export { everyoneScope, keyScope, projectScope, type Rule, type RulesOf } from "./rules.ts";
export { spentSince } from "./spent-since.ts";
export { type AccountFigure, Tenancy, type TenancyFigures } from "./tenancy.ts";
