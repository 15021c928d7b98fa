// What a tenant's limits, budget and duplicates may be set to: for a project, a key, a pattern of models, or everyone.

import { choice, duration, integer, number, type Values } from "./options.ts";

/** Options of `limits` of a project, a key, a pattern of models or everyone. What is left out is not limited. */
export const TENANT_LIMIT_OPTIONS = {
  rpm: integer(1, 10_000_000, 60, "requests", "Requests a minute."),
  itpm: integer(
    1,
    10_000_000_000,
    100_000,
    "tokens",
    "Input tokens a minute, as Anthropic counts them: what is read from the cache is not counted.",
  ),
  otpm: integer(1, 10_000_000_000, 20_000, "tokens", "Output tokens a minute, as they are produced."),
  streams: integer(1, 1_000_000, 10, "streams", "Streamed answers under way at once."),
  burst: duration(
    1_000,
    60_000,
    60_000,
    "How much time's worth of rpm, itpm and otpm may be used at once by who has saved it up.",
  ),
};

/** Options of `budget`. Windows are those of the calendar in UTC: the full hour, the day, the month. */
export const BUDGET_OPTIONS = {
  usd_per_hour: number(0.000_001, 1_000_000, 1, "US dollars", "Dollars from one full hour (UTC) to the next."),
  usd_per_day: number(0.000_001, 1_000_000, 10, "US dollars", "Dollars a day, from midnight to midnight UTC."),
  usd_per_month: number(0.000_001, 1_000_000, 100, "US dollars", "Dollars a calendar month, UTC."),
};

/** Options of `duplicates`. A duplicate is a request of one project with the same path, API headers and body. */
export const DUPLICATE_OPTIONS = {
  window: duration(
    0,
    60_000,
    0,
    "How long after a request was answered the same one counts as its duplicate; 0 for never.",
  ),
  answer: choice(
    ["once", "refuse", "allow"],
    "once",
    "once: it gets the same answer, which is paid for once; refuse: it gets a 409; allow: it is sent.",
  ),
};

/** Options of `tenancy`: how limits are kept over several instances, and what happens without Redis. */
export const TENANCY_OPTIONS = {
  instances: integer(
    1,
    1_000,
    1,
    "instances",
    "How many instances share the limits, as far as it is not known from Redis: at a start without it, each takes its part.",
  ),
  money_grace: duration(
    0,
    3_600_000,
    60_000,
    "How long a budget may be spent on while Redis is away; then its requests are refused until it is back.",
  ),
  money_grace_share: number(
    0,
    100,
    1,
    "percent of the budget",
    "How much of a budget all instances together may spend while Redis is away.",
  ),
};

export type TenantLimits = Partial<Values<typeof TENANT_LIMIT_OPTIONS>>;
export type TenantBudget = Partial<Values<typeof BUDGET_OPTIONS>>;
export type Duplicates = Values<typeof DUPLICATE_OPTIONS>;

/** What holds for somebody. All that is set holds at once. */
export interface Allowance {
  readonly limits?: TenantLimits | undefined;
  readonly budget?: TenantBudget | undefined;
  /** Further limits for the models whose names match; `*` stands for anything. Every entry that matches holds. */
  readonly models?:
    | ReadonlyArray<{
        readonly match: string;
        readonly limits?: TenantLimits | undefined;
        readonly budget?: TenantBudget | undefined;
      }>
    | undefined;
}
