// Trace: one fact per attempt, and the running counts of the request.

import type { Exchange } from "../exchange.ts";
import type { AttemptFact } from "../facts.ts";
import type { Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";

/** Counts attempts and tells each one's verdict. */
export function trace(): Layer {
  return (rt) => ({
    name: "trace",
    says: "one fact per attempt",
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const startedAt = rt.clock.now();
      x.tally.attempts += 1;
      const outcome = await next(x);
      const at = rt.clock.now();
      x.tally.wireMs += at - startedAt;
      const why = outcome.ok ? "ok" : outcome.verdict;
      x.tally.steps.push({ at, what: "sent", upstream: x.target?.name, ms: at - startedAt, why });
      const fact: AttemptFact = {
        kind: "attempt",
        at,
        x,
        verdict: why,
        code: outcome.ok ? undefined : outcome.code,
        status: outcome.ok ? outcome.status : outcome.response?.status,
        tookMs: at - startedAt,
      };
      rt.emit(fact);
      return outcome;
    },
  });
}
