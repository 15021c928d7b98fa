// The AWS SDKs' standard retry mode as of November 2026 (AWS developer tools blog; SDK reference "Retry behavior"): quota 500, 14 per retry, 5 per throttle.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { peer, statusOf, timedAttempt, wait } from "./peer.ts";

const ATTEMPTS = 3;
const TRANSIENT_MS = 50;
const THROTTLED_MS = 1_000;
const CAP_MS = 20_000;
const QUOTA = 500;
const COST_TRANSIENT = 14;
const COST_THROTTLED = 5;

/** Standard mode: full jitter, a quota that retries draw on and successes refill. */
export const AWS_STANDARD = peer(
  "AWS Nov-2026",
  "AWS SDK reference, Retry behavior",
  { spreads: false, timesAttempts: true },
  ({ rt, targets, attemptMs }) => {
    const target = targets[0] as Target;
    let quota = QUOTA;
    return async (x) => {
      let drawn = 0;
      for (let n = 0; ; n++) {
        const outcome = await timedAttempt(rt, x, target, n, attemptMs);
        if (outcome.ok) {
          quota = Math.min(QUOTA, quota + (drawn > 0 ? drawn : 1));
          return outcome;
        }
        if (n + 1 >= ATTEMPTS || x.signal.aborted || !retryable(outcome)) return outcome;
        const throttled = statusOf(outcome) === 429 || statusOf(outcome) === 529;
        drawn = throttled ? COST_THROTTLED : COST_TRANSIENT;
        if (quota < drawn) return outcome;
        quota -= drawn;
        const base = throttled ? THROTTLED_MS : TRANSIENT_MS;
        const ms = Math.max(outcome.retryAfterMs ?? 0, rt.random.next() * Math.min(CAP_MS, base * 2 ** n));
        if (!(await wait(rt, ms, x))) return failure("client_gone", {}, { target });
      }
    };
  },
);

/** Throttling, 5xx, and what was never answered. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return status === 0 || status === 429 || status >= 500;
}
