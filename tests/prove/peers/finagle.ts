// Finagle's retry budget (twitter.github.io/finagle "Retries", com.twitter.finagle.service.RetryBudget): 20 % of requests and 10 a second, over 10 s.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { peer, statusOf, timedAttempt, wait } from "./peer.ts";

const PERCENT = 0.2;
const RESERVE_PER_SECOND = 10;
const TTL_MS = 10_000;
const RETRIES = 5;
const BASE_MS = 50;

/** Requeues with the default budget; a retry goes to the next target. */
export const FINAGLE = peer(
  "Finagle",
  "Finagle guide, Retries and RetryBudget",
  { spreads: true, timesAttempts: true },
  ({ rt, targets, attemptMs }) => {
    // Deposits and withdrawals of the last 10 s, by second.
    const deposits = new Map<number, number>();
    const withdrawals = new Map<number, number>();
    const inWindow = (list: Map<number, number>, second: number) => {
      let sum = 0;
      for (const [at, count] of list) {
        if (at <= second - TTL_MS / 1_000) list.delete(at);
        else sum += count;
      }
      return sum;
    };
    const draw = (now: number) => {
      const second = Math.floor(now / 1_000);
      const balance =
        inWindow(deposits, second) * PERCENT + (RESERVE_PER_SECOND * TTL_MS) / 1_000 - inWindow(withdrawals, second);
      if (balance < 1) return false;
      withdrawals.set(second, (withdrawals.get(second) ?? 0) + 1);
      return true;
    };
    let turn = 0;
    return async (x) => {
      const second = Math.floor(rt.clock.now() / 1_000);
      deposits.set(second, (deposits.get(second) ?? 0) + 1);
      for (let n = 0; ; n++) {
        const target = targets[turn % targets.length] as Target;
        const outcome = await timedAttempt(rt, x, target, n, attemptMs);
        if (outcome.ok || n === RETRIES || x.signal.aborted || !retryable(outcome)) return outcome;
        if (!draw(rt.clock.now())) return outcome;
        turn += 1;
        if (!(await wait(rt, rt.random.next() * BASE_MS * 2 ** n, x))) return failure("client_gone", {}, { target });
      }
    };
  },
);

/** What is worth a requeue: never reached, 429 and 5xx. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return status === 0 || status === 429 || status >= 500;
}
