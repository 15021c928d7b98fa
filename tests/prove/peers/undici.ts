// undici's RetryAgent (undici docs api/RetryHandler.md), POST switched on: 5 retries, 0.5 s * 2^n up to 30 s, Retry-After capped at 30 s, no jitter.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { attempt, peer, statusOf, wait } from "./peer.ts";

const RETRIES = 5;
const BASE_MS = 500;
const CAP_MS = 30_000;
const STATUSES = [500, 502, 503, 504, 429];

/** The defaults, but with POST among the methods: without it undici retries no message at all. */
export const UNDICI = peer(
  "undici retry",
  "undici docs, RetryHandler",
  { spreads: false, timesAttempts: false },
  ({ rt, targets }) => {
    const target = targets[0] as Target;
    return async (x) => {
      for (let n = 0; ; n++) {
        const outcome = await attempt(x, target, n);
        if (outcome.ok || n === RETRIES || x.signal.aborted || !retryable(outcome)) return outcome;
        const ms = Math.min(CAP_MS, outcome.retryAfterMs ?? BASE_MS * 2 ** n);
        if (!(await wait(rt, ms, x))) return failure("client_gone", {}, { target });
      }
    };
  },
);

/** 529 is not in its list. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return status === 0 || STATUSES.includes(status);
}
