// Portkey's gateway (portkey.ai docs "Circuit breaker", "Automatic retries"; async-retry with randomize: false): 5 failures or 50 % of 10 open for 30 s, no half-open.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { attempt, opened, peer, statusOf, wait } from "./peer.ts";

const RETRIES = 3;
const BASE_MS = 1_000;
const COOLDOWN_MS = 30_000;
const THRESHOLD = 5;
const PERCENT = 0.5;
const MINIMUM = 10;

interface Breaker {
  readonly target: Target;
  failures: number;
  calls: number;
  openUntil: number;
}

/** Fallback in order; retries without jitter on each; breakers close by their timer; with all open they are bypassed. */
export const PORTKEY = peer(
  "Portkey",
  "portkey.ai docs, Circuit breaker and Retries",
  { spreads: true, timesAttempts: false },
  ({ rt, targets }) => {
    const all: Breaker[] = targets.map((target) => ({ target, failures: 0, calls: 0, openUntil: 0 }));
    const note = (one: Breaker, bad: boolean) => {
      const now = rt.clock.now();
      if (one.openUntil > 0 && now >= one.openUntil) {
        one.openUntil = 0;
        one.failures = 0;
        one.calls = 0;
      }
      one.calls += 1;
      if (bad) one.failures += 1;
      const byShare = one.calls >= MINIMUM && one.failures / one.calls > PERCENT;
      if (one.openUntil === 0 && (byShare || (bad && one.failures >= THRESHOLD && one.failures === one.calls))) {
        one.openUntil = now + COOLDOWN_MS;
        opened(rt, one.target);
      }
    };
    return async (x) => {
      const now = rt.clock.now();
      const closed = all.filter(({ openUntil }) => openUntil <= now);
      let last: Failure | undefined;
      let n = 0;
      for (const one of closed.length === 0 ? all : closed) {
        for (let retry = 0; ; retry++, n++) {
          const outcome = await attempt(x, one.target, n);
          note(one, !outcome.ok);
          if (outcome.ok) return outcome;
          last = outcome;
          if (x.signal.aborted) return outcome;
          if (retry === RETRIES || !retryable(outcome)) break;
          if (!(await wait(rt, outcome.retryAfterMs ?? BASE_MS * 2 ** retry, x)))
            return failure("client_gone", {}, { target: one.target });
        }
        n += 1;
      }
      return last ?? failure("no_upstream", { model: "" }, { local: true });
    };
  },
);

/** 429, 500, 502, 503, 504 are retried; other failures fall through to the next target. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return (
    status === 0 ||
    status === 429 ||
    status === 500 ||
    status === 502 ||
    status === 503 ||
    status === 504 ||
    status === 529
  );
}
