// Deadline: one point in time by which the request is answered, all attempts and waits included.

import { Signal } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { failure, type Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";

/**
 * Calls a request off when its time is up. The time runs until the outcome: for a JSON answer until it is whole, for a
 * stream until its content begins; after that the idle time-out watches, for a long answer is not a late one.
 * @param totalMs the longest time, milliseconds; a shorter one that the caller sent (`x.deadline`) wins
 */
export function deadline(totalMs: number): Layer {
  return (rt) => ({
    name: "deadline",
    says: `an outcome within ${totalMs} ms, or sooner when the caller says so`,
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const now = rt.clock.now();
      const until = Math.min(x.deadline, now + totalMs);
      const signal = new Signal();
      const stop = x.signal.onAbort((reason) => signal.abort(reason));
      const timer = rt.clock.timer(until - now, () => signal.abort("deadline"));
      const outcome = await next({ ...x, deadline: until, signal });
      timer.cancel();
      if (outcome.ok) {
        // From here on only the caller can call the stream off.
        return outcome;
      }
      stop();
      if (signal.reason === "deadline" && outcome.response === undefined) {
        return failure("deadline", { ms: Math.round(until - now) }, { target: outcome.target });
      }
      return outcome;
    },
  });
}
