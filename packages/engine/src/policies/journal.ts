// Journal: one fact per request, told when its last byte is through, whatever became of it.

import type { Exchange } from "../exchange.ts";
import type { RequestFact } from "../facts.ts";
import type { Ending } from "../flow.ts";
import type { Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";

/** Tells how every request ended. */
export function journal(): Layer {
  return (rt) => ({
    name: "journal",
    says: "one fact per request, when its answer has ended",
    async handle(x: Exchange, next: Next): Promise<Outcome> {
      const startedAt = rt.clock.now();
      const outcome = await next(x);
      const firstMs = rt.clock.now() - startedAt;
      const tell = (ending: Ending | undefined) => {
        const at = rt.clock.now();
        const fault = ending?.fault;
        const fact: RequestFact = {
          kind: "request",
          at,
          x,
          verdict: outcome.ok ? (ending?.verdict ?? "ok") : outcome.verdict,
          code: outcome.ok ? fault?.code : outcome.code,
          status: outcome.ok ? outcome.status : outcome.response?.status,
          upstream: outcome.target?.name,
          upstreamRequestId: requestId(outcome),
          attempts: x.tally.attempts,
          firstMs,
          totalMs: at - startedAt,
          wireMs: x.tally.wireMs,
          bytes: ending?.bytes ?? 0,
          answer: ending?.facts,
        };
        rt.emit(fact);
      };
      if (outcome.ok) outcome.flow.tap({ end: tell });
      else tell(undefined);
      return outcome;
    },
  });
}

function requestId(outcome: Outcome): string | undefined {
  const headers = outcome.ok ? outcome.headers : outcome.response?.headers;
  if (headers === undefined) return undefined;
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length === 10 && name.toLowerCase() === "request-id") return headers[i + 1];
  }
  return undefined;
}
