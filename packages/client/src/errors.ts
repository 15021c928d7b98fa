// How a request that got no answer ends for the caller: as fetch would end it, with our reason as the cause.

import { CODES, type Code, type Exchange, type Failure, type Fault, traceLine } from "@fairlead/engine";

/** The cause of a `TypeError: fetch failed`. */
export interface FailureCause extends Error {
  /** The system's code when there is one (`ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`), else `fairlead_<code>`. */
  readonly code: string;
  readonly requestId: string;
  readonly upstream: string | undefined;
  readonly attempts: number;
  /** What was done: attempts, waits, moves, as the header `fairlead-trace` tells it. */
  readonly trace: string;
}

const BRAND = Symbol.for("fairlead.failure");

/** `TypeError: fetch failed`, as network failures of fetch end, with a cause that says what happened. */
export function fetchFailed(failed: Failure, x: Exchange): TypeError {
  const upstream = failed.target?.name;
  return new TypeError("fetch failed", { cause: causeOf(failed.code, failed.message, upstream, x) });
}

/** `TypeError: terminated`, as a body of fetch breaks, with a cause that says why. */
export function terminated(fault: Fault, x: Exchange): TypeError {
  return new TypeError("terminated", { cause: causeOf(fault.code, fault.message, undefined, x) });
}

/** What the caller's AbortSignal says, or an AbortError as fetch makes it. */
export function abortReason(signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true && signal.reason !== undefined
    ? signal.reason
    : new DOMException("This operation was aborted", "AbortError");
}

/** True when the failure is the network's or the clock's: nobody answered. */
export function unanswered(failed: Failure): boolean {
  if (failed.code === "malformed_answer" || failed.local) return false;
  switch (failed.verdict) {
    case "unreachable":
    case "cut-early":
    case "cut":
    case "too-slow":
    case "deadline":
      return true;
    default:
      return failed.code === "bad_response";
  }
}

/** HTTP status and error type that a failure of ours is told with. */
export function ownStatus(failed: Failure): {
  readonly status: number;
  readonly type: string;
  readonly final: boolean;
} {
  const row = CODES[failed.code ?? "internal"];
  return { status: row.status, type: row.type, final: row.final };
}

function causeOf(
  code: Code | undefined,
  message: string,
  upstream: string | undefined,
  { id, tally }: Exchange,
): FailureCause {
  const system = /\b(E[A-Z][A-Z_]{3,}|CERT_[A-Z_]+|[A-Z_]+_CERT[A-Z_]*|ERR_[A-Z_]+)\b/.exec(message)?.[1];
  const error = new Error(message);
  return Object.assign(error, {
    code: system ?? `fairlead_${code ?? "internal"}`,
    requestId: id,
    upstream,
    attempts: tally.attempts,
    trace: traceLine(tally.steps),
    [BRAND]: true,
  });
}
