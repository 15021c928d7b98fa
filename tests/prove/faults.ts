// What can go wrong with one attempt up to its first content: each row of the failure table in each phase it can have.

import type { Failure, Target, Verdict } from "@fairlead/engine";
import { failure } from "@fairlead/engine";

/** One way to fail. */
export interface FaultKind {
  /** Class and phase, for tables. */
  readonly name: string;
  /** When it strikes after the attempt's start, milliseconds; Infinity: never by itself, whoever waits must give up. */
  readonly afterMs: number;
  /** `fail`: no answer, or a status that is no success. The others answer 200 first, and then: */
  readonly how: "fail" | "overloaded-event" | "error-event" | "end" | "reset" | "silence" | "pings";
  /** The failure, for `fail`. */
  readonly outcome?: (target: Target) => Failure;
  /** True when a caller learns of it only by its own time-out. */
  readonly slow: boolean;
  /** True when it strikes only the first attempt of a request on a target. */
  readonly firstOnly?: boolean;
  /** True when content comes before it; only where a client may see a broken answer. */
  readonly afterContent?: boolean;
}

/** Milliseconds until an error answer is here: one round trip. */
export const ERROR_MS = 15;

/** Pings of a stream that brings nothing else come this often, milliseconds. */
export const PING_MS = 1_000;

/** All kinds, by name. */
export const FAULTS = {
  refused: ours("refused, at connect", 1, "unreachable", "unreachable", true),
  "connect-silent": ours("no connection in time, at connect", 5_000, "unreachable", "connect_timeout", true, true),
  // Only a connection that was used before can be stale: the repeat goes out on a new one.
  stale: { ...ours("kept-alive connection closed, at send", 2, "stale", "connection_stale", false), firstOnly: true },
  reset: ours("reset, before the head", ERROR_MS, "cut-early", "cut_early", false),
  "head-silent": silent("silence, before the head", "fail"),
  "429": status("429 with retry-after, head", 429, "rate-limited", "rate_limit_error", { retryAfterMs: 5_000 }),
  "429-bare": status("429 without retry-after, head", 429, "rate-limited", "rate_limit_error"),
  spend: status("429 spend cap, head", 429, "spend-capped", "rate_limit_error"),
  "401": status("401, head", 401, "unauthorized", "authentication_error"),
  "403": status("403, head", 403, "model-missing", "permission_error"),
  "404": status("404 model, head", 404, "model-missing", "not_found_error"),
  "500": status("500, head", 500, "upstream-fault", "api_error"),
  "502": status("502, head", 502, "upstream-fault", ""),
  "503": status("503, head", 503, "upstream-fault", ""),
  "504": { ...status("504, head", 504, "timed-out", "timeout_error"), afterMs: 400 },
  "529": status("529, head", 529, "overloaded", "overloaded_error"),
  "200-overloaded": inside("200, then overloaded_error before content", "overloaded-event"),
  "200-error": inside("200, then api_error before content", "error-event"),
  "200-end": inside("200, then the end before content", "end"),
  "200-reset": inside("200, then reset before content", "reset"),
  "200-silent": silent("200, then silence", "silence"),
  "200-pings": silent("200, then pings only", "pings"),
} satisfies { readonly [name: string]: FaultKind };

/** A limit that asks for so little that waiting is better than moving. */
export const SHORT_LIMIT = status("429 with a short retry-after, head", 429, "rate-limited", "rate_limit_error", {
  retryAfterMs: 1_000,
});

/** Name of a fault. */
export type FaultName = keyof typeof FAULTS;

function ours(
  name: string,
  afterMs: number,
  verdict: Verdict,
  code: "unreachable" | "connect_timeout" | "connection_stale" | "cut_early",
  unsent: boolean,
  slow = false,
): FaultKind {
  const base = failure(code, { upstream: "x", reason: name, ms: afterMs }, { verdict, unsent });
  return { name, afterMs, how: "fail", outcome: (target) => ({ ...base, target }), slow };
}

function status(
  name: string,
  code: number,
  verdict: Verdict,
  type: string,
  more: { readonly retryAfterMs?: number } = {},
): FaultKind {
  const headers = more.retryAfterMs === undefined ? [] : ["retry-after", String(more.retryAfterMs / 1_000)];
  const base = answered(code, verdict, type, headers, more.retryAfterMs);
  return { name, afterMs: ERROR_MS, how: "fail", outcome: (target) => ({ ...base, target }), slow: false };
}

/** An upstream's own error answer, without its target. */
export function answered(
  status: number,
  verdict: Verdict,
  type: string,
  headers: readonly string[],
  retryAfterMs: number | undefined,
): Failure {
  return {
    ok: false,
    verdict,
    code: undefined,
    message: `the upstream answered ${status}`,
    target: undefined,
    response: { status, headers, body: Buffer.from(`{"type":"error","error":{"type":"${type}"}}`) },
    held: undefined,
    type,
    retryAfterMs,
    again: undefined,
    unsent: false,
    local: false,
  };
}

function inside(name: string, how: FaultKind["how"]): FaultKind {
  return { name, afterMs: 100, how, slow: false };
}

function silent(name: string, how: FaultKind["how"]): FaultKind {
  return { name, afterMs: Number.POSITIVE_INFINITY, how, slow: true };
}
