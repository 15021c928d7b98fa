// Journal: one fact per request, told when its last byte is through, whatever became of it.

import type { Runtime } from "@fairlead/runtime";
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
      // What waits for the end of a stream must not hold the request's body: it will not be sent again.
      const tell = teller(rt, { ...x, body: null }, outcome, startedAt, firstMs);
      if (outcome.ok) outcome.flow.tap({ end: tell });
      else tell(undefined);
      return outcome;
    },
  });
}

function teller(rt: Runtime, x: Exchange, outcome: Outcome, startedAt: number, firstMs: number) {
  const base = {
    kind: "request" as const,
    x,
    status: outcome.ok ? outcome.status : (outcome.response?.status ?? outcome.held?.status),
    upstream: outcome.target?.name,
    upstreamRequestId: requestId(outcome),
    attempts: x.tally.attempts,
    firstMs,
    wireMs: x.tally.wireMs,
  };
  const failed = outcome.ok ? undefined : { verdict: outcome.verdict, code: outcome.code };
  return (ending: Ending | undefined) => {
    const at = rt.clock.now();
    const fact: RequestFact = {
      ...base,
      at,
      verdict: failed?.verdict ?? ending?.verdict ?? "ok",
      code: failed === undefined ? ending?.fault?.code : failed.code,
      totalMs: at - startedAt,
      bytes: ending?.bytes ?? 0,
      answer: ending?.facts,
      // Only now: who pays for a shared answer may change while it runs.
      reused: x.tally.reused,
    };
    rt.emit(fact);
  };
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
