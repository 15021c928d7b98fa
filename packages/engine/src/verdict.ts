// The one failure table: what each way to fail means for retrying, moving, blaming and paying.

/** What an attempt came to. Policies read this, never a status code. */
export type Verdict =
  | "ok"
  | "unreachable"
  | "stale"
  | "cut-early"
  | "too-slow"
  | "rate-limited"
  | "spend-capped"
  | "unauthorized"
  | "region-refused"
  | "model-missing"
  | "caller-fault"
  | "too-long"
  | "conflict"
  | "upstream-fault"
  | "timed-out"
  | "overloaded"
  | "cut"
  | "refused-here"
  | "deadline"
  | "cancelled";

/**
 * Who is to blame, and so what a controller keys its memory on: `endpoint` one address, `platform` a platform and
 * model, `account` one credential, `account-model` a credential and model, `request` what the caller sent, `attempt`
 * this one stream, `caller` whoever hung up, `none` nobody.
 */
export type Scope = "endpoint" | "platform" | "account" | "account-model" | "request" | "attempt" | "caller" | "none";

/** One row of the failure table. */
export interface VerdictRow {
  readonly scope: Scope;
  /** How often the same target may be tried again after this, at most. */
  readonly same: number;
  /** Whether another target may be tried: `larger` only one with a larger context window. */
  readonly move: "yes" | "no" | "larger";
  /** What is done first when both are possible. */
  readonly first: "same" | "move";
  /** How much one such failure weighs in the breaker of its scope (0 = not at all). */
  readonly breaker: number;
  /** Tokens that trying the same target again draws from the retry budget: 3 where the failed try may be billed. */
  readonly cost: 0 | 1 | 3;
  /** Base of the back-off before the same target is tried again, milliseconds; 0 = at once. */
  readonly baseMs: number;
  /** Whether the provider bills the failed attempt. */
  readonly billed: "no" | "maybe" | "yes";
}

/**
 * What each verdict means for the engine. Errors by the API's documentation (platform.claude.com, "Errors" and "Rate
 * limits"): a 429 is one's own use, a 529 the model's capacity for all. Bases of the back-off are a choice of ours between
 * the SDK's 500 ms, for faults, and a second for overload and limits, which pass more slowly; what may have been billed
 * draws three tokens of the budget, what was not draws one.
 */
export const VERDICTS: { readonly [V in Verdict]: VerdictRow } = {
  ok: row("none", 0, "no", "same", 0, 0, 0, "yes"),
  unreachable: row("endpoint", 1, "yes", "move", 1, 1, 100, "no"),
  // A kept-alive connection that the upstream closed while the request went out on it: no byte of an answer came.
  stale: row("endpoint", 1, "yes", "same", 0, 0, 0, "maybe"),
  "cut-early": row("endpoint", 1, "yes", "same", 1, 3, 100, "maybe"),
  "too-slow": row("endpoint", 1, "yes", "move", 1, 3, 500, "maybe"),
  "rate-limited": row("account-model", 2, "yes", "move", 0, 1, 1_000, "no"),
  "spend-capped": row("account", 0, "yes", "move", 0, 1, 0, "no"),
  unauthorized: row("account", 0, "yes", "move", 0, 1, 0, "no"),
  "region-refused": row("request", 0, "no", "same", 0, 0, 0, "no"),
  "model-missing": row("account-model", 0, "yes", "move", 0, 1, 0, "no"),
  "caller-fault": row("request", 0, "no", "same", 0, 0, 0, "no"),
  "too-long": row("request", 0, "larger", "move", 0, 0, 0, "no"),
  conflict: row("request", 1, "no", "same", 0, 1, 500, "no"),
  "upstream-fault": row("platform", 2, "yes", "same", 1, 1, 500, "no"),
  "timed-out": row("platform", 1, "yes", "move", 0.5, 3, 500, "maybe"),
  overloaded: row("platform", 2, "yes", "move", 1, 1, 1_000, "maybe"),
  cut: row("attempt", 0, "no", "same", 1, 3, 0, "yes"),
  "refused-here": row("none", 0, "no", "same", 0, 0, 0, "no"),
  deadline: row("caller", 0, "no", "same", 0, 0, 0, "maybe"),
  cancelled: row("caller", 0, "no", "same", 0, 0, 0, "yes"),
};

function row(
  scope: Scope,
  same: number,
  move: VerdictRow["move"],
  first: VerdictRow["first"],
  breaker: number,
  cost: VerdictRow["cost"],
  baseMs: number,
  billed: VerdictRow["billed"],
): VerdictRow {
  return { scope, same, move, first, breaker, cost, baseMs, billed };
}
