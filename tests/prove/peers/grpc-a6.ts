// gRPC retries as in proposal A6 (grpc/proposal A6-client-retries.md): 3 attempts, throttle of 10 tokens with 0.1 back per success, pick_first.

import { type Failure, failure, type Target } from "@fairlead/engine";
import { between } from "@fairlead/runtime";
import { attempt, peer, statusOf, wait } from "./peer.ts";

const ATTEMPTS = 3;
const BASE_MS = 500;
const CAP_MS = 8_000;
const TOKENS = 10;
const RATIO = 0.1;

/** Retry policy with maxAttempts 3 and retryThrottling {10, 0.1}; the address changes only when it cannot be reached. */
export const GRPC_A6 = peer(
  "gRPC A6",
  "grpc/proposal, A6 client retries",
  { spreads: true, timesAttempts: false },
  ({ rt, targets }) => {
    let tokens = TOKENS;
    let first = 0;
    return async (x) => {
      for (let n = 0; ; n++) {
        const target = targets[first % targets.length] as Target;
        const outcome = await attempt(x, target, n);
        if (outcome.ok) {
          tokens = Math.min(TOKENS, tokens + RATIO);
          return outcome;
        }
        // What cannot be reached is left for the next address, as pick_first does; that try is transparent and free.
        if (outcome.unsent) first += 1;
        else if (retryable(outcome)) tokens = Math.max(0, tokens - 1);
        if (n + 1 >= ATTEMPTS || x.signal.aborted || !retryable(outcome)) return outcome;
        if (outcome.unsent) continue;
        if (tokens <= TOKENS / 2) return outcome;
        const ms = outcome.retryAfterMs ?? Math.min(CAP_MS, BASE_MS * 2 ** n) * between(rt.random, 0.8, 1.2);
        if (!(await wait(rt, ms, x))) return failure("client_gone", {}, { target });
      }
    };
  },
);

/** UNAVAILABLE and RESOURCE_EXHAUSTED as HTTP maps to them: no answer, 429, 502, 503, 504, 529. */
function retryable(failed: Failure): boolean {
  const status = statusOf(failed);
  return status === 0 || status === 429 || status === 502 || status === 503 || status === 504 || status === 529;
}
