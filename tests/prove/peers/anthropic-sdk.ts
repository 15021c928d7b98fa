// The retries of @anthropic-ai/sdk 1.x (README "Retries" and src/client.ts): 2 more tries, 0.5 s * 2^n up to 8 s less up to 25 %, Retry-After obeyed.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { peer, statusOf, timedAttempt, wait } from "./peer.ts";

const RETRIES = 2;
const BASE_MS = 500;
const CAP_MS = 8_000;
const JITTER = 0.25;

/** The SDK's default, in front of the first target. */
export const ANTHROPIC_SDK = peer(
  "Anthropic SDK",
  "@anthropic-ai/sdk README, Retries",
  { spreads: false, timesAttempts: true },
  ({ rt, targets, attemptMs }) => {
    const target = targets[0] as Target;
    return async (x) => {
      for (let n = 0; ; n++) {
        const outcome = await timedAttempt(rt, x, target, n, attemptMs);
        if (outcome.ok || n === RETRIES || x.signal.aborted || !retryable(outcome)) return outcome;
        const ms = outcome.retryAfterMs ?? Math.min(CAP_MS, BASE_MS * 2 ** n) * (1 - JITTER * rt.random.next());
        if (!(await wait(rt, ms, x))) return failure("client_gone", {}, { target });
      }
    };
  },
);

/** Connection errors, 408, 409, 429 and 5xx. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  if (failed.again !== undefined) return failed.again;
  return status === 0 || status === 408 || status === 409 || status === 429 || status >= 500;
}
