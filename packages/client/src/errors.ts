// How a request that got no answer ends for the caller: as fetch would end it, with our reason as the cause.

import { CODES, type Code, type Failure, type Fault } from "@fairlead/engine";

/** The cause of a `TypeError: fetch failed`. */
export interface FailureCause extends Error {
  /** The system's code when there is one (`ECONNREFUSED`, `ENOTFOUND`, `ECONNRESET`), else `fairlead_<code>`. */
  readonly code: string;
  readonly requestId: string;
  readonly upstream: string | undefined;
  readonly attempts: number;
}

const BRAND = Symbol.for("fairlead.failure");

/** `TypeError: fetch failed`, as network failures of fetch end, with a cause that says what happened. */
export function fetchFailed(failed: Failure, requestId: string, attempts: number): TypeError {
  const upstream = failed.target?.name;
  return new TypeError("fetch failed", { cause: causeOf(failed.code, failed.message, requestId, upstream, attempts) });
}

/** `TypeError: terminated`, as a body of fetch breaks, with a cause that says why. */
export function terminated(fault: Fault, requestId: string): TypeError {
  return new TypeError("terminated", { cause: causeOf(fault.code, fault.message, requestId, undefined, 0) });
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
  requestId: string,
  upstream: string | undefined,
  attempts: number,
): FailureCause {
  const system = /\b(E[A-Z][A-Z_]{3,}|CERT_[A-Z_]+|[A-Z_]+_CERT[A-Z_]*|ERR_[A-Z_]+)\b/.exec(message)?.[1];
  const error = new Error(message);
  return Object.assign(error, {
    code: system ?? `fairlead_${code ?? "internal"}`,
    requestId,
    upstream,
    attempts,
    [BRAND]: true,
  });
}
