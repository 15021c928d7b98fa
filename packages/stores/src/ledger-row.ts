// One row of the ledger: one attempt at an upstream, with what it cost.

/**
 * How the answer of an attempt ended: `whole`; `cut` it broke on the upstream's side after it had begun; `client-left` the
 * caller went away; `dropped` we gave it up (a deadline, the loser of a hedge, the end of the grace time); `failed` there
 * was no answer but an error, or nothing; `crashed` the gateway died while it ran, and this row was written afterwards.
 * `correction` is no attempt: it is what a provider's report says beyond the estimates of others, and may be negative.
 */
export type Ended = "whole" | "cut" | "client-left" | "dropped" | "failed" | "crashed" | "correction";

/** One attempt. Times are milliseconds, counts are whole numbers; what is not known is undefined. */
export interface LedgerRow {
  /** Unique for ever, the same wherever the row is told twice: `att_` and 20 characters. */
  readonly attemptId: string;
  /** Our id of the request, `req_fl_…`. */
  readonly requestId: string;
  /** Which attempt of the request, from 1. */
  readonly attempt: number;
  /** The id under which the caller knows the request, when it sent one. */
  readonly callerRequestId?: string | undefined;
  /** The upstream's `request-id`. */
  readonly upstreamRequestId?: string | undefined;
  /** Id of the message in the answer. */
  readonly messageId?: string | undefined;
  /** Which instance of the gateway made it. */
  readonly instance: string;
  /** When it began, Unix milliseconds. */
  readonly at: number;
  readonly project: string;
  /** Recognisable, not secret. */
  readonly keyId: string;
  /** The person or service behind the key or token, when there is one. */
  readonly actor?: string | undefined;
  /** The caller's session (`x-claude-code-session-id` or `metadata.user_id`). */
  readonly session?: string | undefined;
  /** Name of the route: messages, count_tokens, … */
  readonly route: string;
  readonly stream: boolean;
  /** The model that the caller named, and the one that the answer names. */
  readonly modelAsked?: string | undefined;
  readonly modelServed?: string | undefined;
  readonly upstream: string;
  readonly region?: string | undefined;
  /** From the start of the attempt to the answer's head, to its first content, to its end. */
  readonly headMs?: number | undefined;
  readonly firstTokenMs?: number | undefined;
  readonly endMs: number;
  /** The engine's verdict, `ok` included. */
  readonly verdict: string;
  /** Our error code when the failure is one that we found. */
  readonly code?: string | undefined;
  readonly status?: number | undefined;
  readonly ended: Ended;
  readonly inputTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly cacheReadTokens: number;
  /** Output tokens, thinking included. */
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  /** Sub-requests as the answer listed them, JSON text: they may be of other models and then hold all that is billed. */
  readonly iterations?: string | undefined;
  readonly serviceTier?: string | undefined;
  readonly speed?: string | undefined;
  readonly inferenceGeo?: string | undefined;
  /** Which price was used: `model@YYYY-MM-DD`, with `>N` behind it for a band of longer prompts. */
  readonly priceRow?: string | undefined;
  /** What it cost, whole pico-dollars (1e-12 USD). */
  readonly picoUsd: number;
  /** Whether every part of it had a price. */
  readonly priced: boolean;
  /** True when the counts are not the upstream's last word: the answer was not whole. */
  readonly estimated: boolean;
}
