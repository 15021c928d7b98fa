// Tests of the deadline: one time for everything until the outcome, none for a stream that has begun.

import { pause, Signal, virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, failed, handFlow, response, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { failure, type Outcome } from "../outcome.ts";
import { deadline } from "./deadline.ts";

function scene(totalMs = 10_000) {
  const rt = virtualRuntime("deadline");
  return { rt, policy: deadline(totalMs)(rt) };
}

const waiting = (rt: ReturnType<typeof virtualRuntime>, ms: number, then: Outcome) => async (x: Exchange) =>
  (await pause(rt.clock, ms, x.signal)) ? then : failure("client_gone", {}, {});

test("nothing waits past it, and it is told as the deadline", async () => {
  const { rt, policy } = scene();
  const outcome = await rt.clock.runUntil(policy.handle(exchange(), waiting(rt, 60_000, failed("overloaded"))));
  expect(rt.clock.now()).toBe(10_000);
  expect(outcome).toMatchObject({ ok: false, verdict: "deadline", code: "deadline" });
});

test("the caller's own shorter time wins, a longer one does not", async () => {
  for (const [asked, until] of [
    [3_000, 3_000],
    [30_000, 10_000],
  ] as const) {
    const { rt, policy } = scene();
    let seen = 0;
    await rt.clock.runUntil(
      policy.handle(exchange({ deadline: asked }), (x) => {
        seen = x.deadline;
        return waiting(rt, 60_000, failed("overloaded"))(x);
      }),
    );
    expect([seen, rt.clock.now()]).toEqual([until, until]);
  }
});

test("an upstream's own answer is told even when the time was up meanwhile", async () => {
  const { rt, policy } = scene();
  const said = failed("overloaded", { response: response(529) });
  const outcome = await rt.clock.runUntil(
    policy.handle(exchange(), async (x) => {
      await pause(rt.clock, 60_000, x.signal);
      return said;
    }),
  );
  expect(outcome).toBe(said);
});

test("a caller who leaves is not told of a deadline, and ends everything at once", async () => {
  const { rt, policy } = scene();
  const signal = new Signal();
  rt.clock.timer(500, () => signal.abort("gone"));
  const outcome = await rt.clock.runUntil(
    policy.handle(exchange({ signal }), waiting(rt, 60_000, failed("overloaded"))),
  );
  expect(rt.clock.now()).toBe(500);
  expect(outcome).toMatchObject({ code: "client_gone" });
});

test("a stream that has begun has no deadline, but its caller can still leave", async () => {
  const { rt, policy } = scene();
  const signal = new Signal();
  let inner: Signal | undefined;
  const { flow } = handFlow();
  await policy.handle(exchange({ signal }), async (x) => {
    inner = x.signal;
    return { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
  });
  await rt.clock.advance(3_600_000);
  expect(inner?.aborted).toBe(false);
  signal.abort("gone");
  expect(inner?.reason).toBe("gone");
});

test("leaves no timer after a failure", async () => {
  const { rt, policy } = scene();
  await policy.handle(exchange(), async () => failed("overloaded"));
  expect(rt.clock.next()).toBeUndefined();
});

test("what has failed is called off no more", async () => {
  const { rt, policy } = scene();
  const signal = new Signal();
  let inner: Signal | undefined;
  await policy.handle(exchange({ signal }), async (x) => {
    inner = x.signal;
    return failed("overloaded");
  });
  signal.abort("gone");
  await rt.clock.advance(20_000);
  expect(inner?.aborted).toBe(false);
});
