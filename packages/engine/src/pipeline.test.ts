// Tests of the pipeline, the trace and the journal: nesting, description, and one honest fact per attempt and request.

import { pause, Signal, virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, failed, handFlow, response, target } from "../testing/exchange.ts";
import type { AttemptFact, RequestFact } from "./facts.ts";
import type { Outcome } from "./outcome.ts";
import { type Layer, pipeline } from "./pipeline.ts";
import { journal } from "./policies/journal.ts";
import { trace } from "./policies/trace.ts";

test("layers nest outermost first and describe themselves in that order", async () => {
  const rt = virtualRuntime("pipeline");
  const order: string[] = [];
  const named =
    (name: string): Layer =>
    () => ({
      name,
      says: `${name} says`,
      async handle(x, next) {
        order.push(`> ${name}`);
        const outcome = await next(x);
        order.push(`< ${name}`);
        return outcome;
      },
    });
  const made = pipeline(
    rt,
    ["a", "b"].map((name) => ({ layer: named(name), why: `why ${name}` })),
    async () => {
      order.push("end");
      return failed("overloaded");
    },
  );
  await made.run(exchange());
  expect(order).toEqual(["> a", "> b", "end", "< b", "< a"]);
  expect(made.describe()).toEqual([
    { policy: "a", says: "a says", why: "why a" },
    { policy: "b", says: "b says", why: "why b" },
  ]);
});

function recorded() {
  const rt = virtualRuntime("facts");
  const requests: RequestFact[] = [];
  const attempts: AttemptFact[] = [];
  rt.bus.listen((fact) => {
    if (fact.kind === "request") requests.push(fact as RequestFact);
    if (fact.kind === "attempt") attempts.push(fact as AttemptFact);
  });
  return { rt, requests, attempts };
}

test("a request is told when its last byte is through, once, with its times and its answer", async () => {
  const { rt, requests } = recorded();
  const { flow, source } = handFlow();
  const x = exchange();
  const done = journal()(rt).handle(x, async () => {
    await pause(rt.clock, 40, new Signal());
    return { ok: true, status: 200, headers: ["Request-Id", "up_1"], flow, target: target("a"), rewritten: false };
  });
  await rt.clock.advance(40);
  await done;
  expect(requests).toEqual([]);
  flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
  source.push("text a\n");
  await rt.clock.advance(60);
  source.push("stop\n");
  source.end();
  expect(requests.length).toBe(1);
  expect(requests[0]).toMatchObject({
    ...{ verdict: "ok", status: 200, upstream: "a", upstreamRequestId: "up_1", firstMs: 40, totalMs: 100, bytes: 12 },
  });
});

test("a stream that breaks is told as broken, though its status was 200", async () => {
  const { rt, requests } = recorded();
  const { flow, source } = handFlow();
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
  await journal()(rt).handle(exchange(), async () => answer);
  flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
  source.push("text a\n");
  source.fail();
  expect(requests).toMatchObject([{ verdict: "cut", code: "cut", status: 200 }]);
});

test("a failure is told at once, with the upstream's status when it gave one", async () => {
  const { rt, requests } = recorded();
  await journal()(rt).handle(exchange(), async () => failed("overloaded", { response: response(529) }));
  await journal()(rt).handle(exchange(), async () => failed("unreachable"));
  expect(requests.map((one) => [one.verdict, one.status])).toEqual([
    ["overloaded", 529],
    ["unreachable", undefined],
  ]);
});

test("the trace tells every attempt and counts it in the request's tally", async () => {
  const { rt, attempts } = recorded();
  const policy = trace()(rt);
  const x = exchange();
  for (const verdict of ["overloaded", "unreachable"] as const) {
    const done = policy.handle({ ...x, target: target("a") }, async () => {
      await pause(rt.clock, 25, new Signal());
      return failed(verdict);
    });
    await rt.clock.advance(25);
    await done;
  }
  expect(x.tally).toMatchObject({ attempts: 2, wireMs: 50, waitMs: 0, queuedMs: 0 });
  expect(x.tally.steps.map((one) => [one.what, one.upstream, one.ms, one.why])).toEqual([
    ["sent", "a", 25, "overloaded"],
    ["sent", "a", 25, "unreachable"],
  ]);
  expect(attempts.map((one) => [one.verdict, one.tookMs])).toEqual([
    ["overloaded", 25],
    ["unreachable", 25],
  ]);
});
