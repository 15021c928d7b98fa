// Tests of the journal: each request is told once, at its very end, as it really ended.

import { type Fact, pause, virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, failed, handFlow, response, target } from "../../testing/exchange.ts";
import type { RequestFact } from "../facts.ts";
import type { Outcome } from "../outcome.ts";
import { journal } from "./journal.ts";

const a = target("a");
const nobody = { write: () => true, end: () => {}, fail: () => {} };

function scene() {
  const rt = virtualRuntime("journal");
  const facts: RequestFact[] = [];
  rt.bus.listen((fact: Fact) => facts.push(fact as RequestFact));
  const x = exchange();
  const begun = async (headers: readonly string[] = []) => {
    const { flow, source } = handFlow();
    const answer: Outcome = { ok: true, status: 200, headers, flow, target: a, rewritten: false };
    const handled = journal()(rt).handle(x, async () => {
      await pause(rt.clock, 400, x.signal);
      x.tally.attempts = 2;
      x.tally.wireMs = 350;
      return answer;
    });
    expect(await rt.clock.runUntil(handled)).toBe(answer);
    flow.pipe(nobody);
    return source;
  };
  return { rt, facts, x, begun };
}

test("an answer is told when its last byte is through, without the request's body", async () => {
  const { rt, facts, x, begun } = scene();
  const source = await begun(["Request-ID", "req_up"]);
  source.push("start\ntext a\n");
  await rt.clock.advance(600);
  expect(facts).toEqual([]);
  // Who pays for a shared answer may change until then.
  x.tally.reused = "joined";
  source.push("stop\n");
  source.end();
  expect(facts).toHaveLength(1);
  expect(facts[0]).toMatchObject({
    kind: "request",
    at: 1_000,
    verdict: "ok",
    code: undefined,
    status: 200,
    upstream: "a",
    upstreamRequestId: "req_up",
    attempts: 2,
    firstMs: 400,
    totalMs: 1_000,
    wireMs: 350,
    bytes: 18,
    reused: "joined",
  });
  expect(facts[0]?.x.body).toBeNull();
  expect(x.body).not.toBeNull();
});

test("a stream that breaks after its content is told as broken", async () => {
  const { facts, begun } = scene();
  const source = await begun();
  source.push("start\ntext a\n");
  source.fail();
  expect(facts).toMatchObject([{ verdict: "cut", code: "cut", status: 200, bytes: 13 }]);
});

test("a failure is told at once, with what the upstream answered", async () => {
  const { rt, facts, x } = scene();
  const said = failed("overloaded", {
    target: a,
    response: { ...response(529), headers: ["x-request-i", "no", "request-id", "req_no"] },
  });
  expect(await journal()(rt).handle(x, async () => said)).toBe(said);
  expect(facts).toMatchObject([
    { verdict: "overloaded", status: 529, upstream: "a", upstreamRequestId: "req_no", bytes: 0, answer: undefined },
  ]);
});
