// LiteLLM's router (docs.litellm.ai "Router - Load Balancing", Cooldowns): simple shuffle, 2 retries, 5 s of cool-down after a 429 or > 50 % failures in the minute.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { pick } from "@fairlead/runtime";
import { opened, peer, refusal, statusOf, timedAttempt, wait } from "./peer.ts";

const RETRIES = 2;
const COOLDOWN_MS = 5_000;
const SHARE = 0.5;
/** A share needs this many requests in the minute. */
const MINIMUM = 5;
const BASE_MS = 500;
const CAP_MS = 8_000;

interface Deployment {
  readonly target: Target;
  minute: number;
  good: number;
  bad: number;
  cooled: number;
}

/** simple-shuffle over the deployments that are not cooling down. */
export const LITELLM = peer(
  "LiteLLM",
  "docs.litellm.ai, Router: Cooldowns",
  { spreads: true, timesAttempts: true },
  ({ rt, targets, attemptMs }) => {
    const all: Deployment[] = targets.map((target) => ({ target, minute: 0, good: 0, bad: 0, cooled: 0 }));
    const note = (one: Deployment, failed: Failure | undefined) => {
      const now = rt.clock.now();
      const minute = Math.floor(now / 60_000);
      if (one.minute !== minute) {
        one.minute = minute;
        one.good = 0;
        one.bad = 0;
      }
      if (failed === undefined) {
        one.good += 1;
        return;
      }
      one.bad += 1;
      const status = statusOf(failed);
      const at = one.bad + one.good >= MINIMUM && one.bad / (one.bad + one.good) > SHARE;
      // A single deployment is never cooled down: there would be nothing left.
      if (all.length > 1 && (status === 429 || status === 401 || status === 404 || status === 408 || at)) {
        one.cooled = now + COOLDOWN_MS;
        opened(rt, one.target);
      }
    };
    return async (x) => {
      for (let n = 0; ; n++) {
        const now = rt.clock.now();
        const fit = all.filter(({ cooled }) => cooled <= now);
        const one = fit[pick(rt.random, fit.length)];
        if (one === undefined) return refusal();
        const outcome = await timedAttempt(rt, x, one.target, n, attemptMs);
        if (outcome.ok) {
          note(one, undefined);
          return outcome;
        }
        note(one, outcome);
        if (n === RETRIES || x.signal.aborted || !retryable(outcome)) return outcome;
        const other = all.some(({ target, cooled }) => target !== one.target && cooled <= now);
        const ms = other ? 0 : (outcome.retryAfterMs ?? Math.min(CAP_MS, BASE_MS * 2 ** n));
        if (ms > 0 && !(await wait(rt, ms, x))) return failure("client_gone", {}, { target: one.target });
      }
    };
  },
);

/** Everything but bad requests. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return status === 0 || status === 408 || status === 429 || status === 401 || status === 404 || status >= 500;
}
