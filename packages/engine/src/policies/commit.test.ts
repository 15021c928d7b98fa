// Tests of the commit gate: what breaks before anybody saw content is a failure, what breaks after it is not.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, handFlow, lineReader, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import type { Reader } from "../flow.ts";
import { readOptions } from "../options.ts";
import type { Outcome } from "../outcome.ts";
import { commit, RECOVER_OPTIONS } from "./commit.ts";
import { TIMEOUT_OPTIONS } from "./timeouts.ts";

const a = target("a");
const TIMES = readOptions("timeouts", TIMEOUT_OPTIONS, { first_token: "10s" });

function scene(recover: object = {}, reader: Reader | undefined = lineReader()) {
  const rt = virtualRuntime("commit");
  const policy = commit(readOptions("recover", RECOVER_OPTIONS, recover), () => TIMES)(rt);
  const { flow, source } = handFlow(reader);
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  let outcome: Outcome | undefined;
  const done = policy
    .handle(exchange({ target: a }), async () => answer)
    .then((one) => {
      outcome = one;
    });
  const settle = async () => {
    await rt.clock.advance(0);
    return outcome;
  };
  return { rt, flow, source, answer, done, settle };
}

describe("with the hold until first content", () => {
  test("the answer is given at its first content, with every byte before it", async () => {
    const { source, settle, flow, answer } = scene();
    await settle();
    source.push("start\nping\n");
    expect(await settle()).toBeUndefined();
    source.push("text a\n");
    expect(await settle()).toBe(answer);
    let seen = "";
    flow.pipe({
      write: (chunk) => {
        seen += chunk;
        return true;
      },
      end: () => {},
      fail: () => {},
    });
    expect(seen).toBe("start\nping\ntext a\n");
  });

  test.each(["end", "fail"] as const)(
    "a stream that %ss before content is an early cut that may be tried again",
    async (how) => {
      const { source, settle } = scene();
      await settle();
      source.push("start\n");
      source[how]();
      expect(await settle()).toMatchObject({
        ok: false,
        verdict: "cut-early",
        code: "cut_early",
        target: a,
        held: undefined,
      });
    },
  );

  test("the upstream's own error as the first event is a failure with its verdict, and can be passed on as it came", async () => {
    const { source, settle, answer } = scene();
    await settle();
    source.push("start\nerror busy\n");
    expect(await settle()).toMatchObject({ ok: false, verdict: "overloaded", code: undefined, held: answer });
  });

  test("a break after content is not taken back", async () => {
    const { source, settle, answer, flow } = scene();
    await settle();
    source.push("text a\n");
    expect(await settle()).toBe(answer);
    source.fail();
    expect(await settle()).toBe(answer);
    expect(flow.ending?.verdict).toBe("cut");
  });

  test("nothing at all for the first-token time is too slow; pings do not count, a begun block does", async () => {
    const slow = scene();
    await slow.settle();
    for (let i = 0; i < 9; i++) {
      await slow.rt.clock.advance(1_000);
      slow.source.push("ping\n");
    }
    expect(await slow.settle()).toBeUndefined();
    await slow.rt.clock.advance(1_000);
    expect(await slow.settle()).toMatchObject({ verdict: "too-slow", code: "first_token_timeout" });
    expect(slow.source.cancelled).toBe(true);

    const begun = scene();
    await begun.settle();
    begun.source.push("start\n");
    await begun.rt.clock.advance(60_000);
    expect(await begun.settle()).toBeUndefined();
    begun.source.push("text a\n");
    expect(await begun.settle()).toBe(begun.answer);
  });

  test("more than the bound before content is passed on from there", async () => {
    const { source, settle, answer } = scene({ hold_bytes: 65_536 });
    await settle();
    source.push(`ping ${"x".repeat(70_000)}\n`);
    expect(await settle()).toBe(answer);
  });
});

describe("with the hold until whole", () => {
  test("an answer that breaks after content is still only a failure", async () => {
    const { source, settle } = scene({ hold: "whole" });
    await settle();
    source.push("start\ntext a\n");
    expect(await settle()).toBeUndefined();
    source.fail();
    expect(await settle()).toMatchObject({ ok: false, verdict: "cut-early" });
  });

  test("an answer that falls silent after content was too slow, so that another is asked first", async () => {
    const { source, settle, flow } = scene({ hold: "whole" });
    await settle();
    source.push("start\ntext a\n");
    flow.abort({ verdict: "cut", code: "idle_timeout", type: "timeout_error", message: "silent" });
    expect(await settle()).toMatchObject({ ok: false, verdict: "too-slow", code: "idle_timeout", message: "silent" });
  });

  test("a whole one is given when it is whole", async () => {
    const { source, settle, answer } = scene({ hold: "whole" });
    await settle();
    source.push("text a\nstop\n");
    expect(await settle()).toBeUndefined();
    source.end();
    expect(await settle()).toBe(answer);
  });
});

test("an answer in one piece is held until whole, and a truncated one is a failure", async () => {
  const good = scene({}, lineReader(false));
  await good.settle();
  good.source.push('{"a":');
  expect(await good.settle()).toBeUndefined();
  good.source.push("1}");
  good.source.end();
  expect(await good.settle()).toBe(good.answer);

  const bad = scene({}, lineReader(false));
  await bad.settle();
  bad.source.push('{"a":');
  bad.source.end();
  expect(await bad.settle()).toMatchObject({ ok: false, verdict: "cut-early" });
});

test("what nobody judges, and what failed already, passes at once", async () => {
  const rt = virtualRuntime("pass");
  const policy = commit(readOptions("recover", RECOVER_OPTIONS, {}), () => TIMES)(rt);
  const { flow, source } = handFlow(null);
  const plain: Outcome = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  expect(await policy.handle(exchange(), async () => plain)).toBe(plain);
  expect(source.starts).toBe(0);
  const refusal = failed("overloaded");
  expect(await policy.handle(exchange(), async () => refusal)).toBe(refusal);
});

test("the time for the first token runs from the attempt's start, the wait for the head included", async () => {
  const rt = virtualRuntime("commit");
  const policy = commit(readOptions("recover", RECOVER_OPTIONS, {}), () => TIMES)(rt);
  const { flow, source } = handFlow(lineReader());
  const outcome = policy.handle(exchange({ target: a }), async () => {
    await new Promise<void>((done) => rt.clock.timer(8_000, done));
    return { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  });
  expect(await rt.clock.runUntil(outcome)).toMatchObject({ code: "first_token_timeout" });
  expect([rt.clock.now(), source.cancelled]).toEqual([10_000, true]);
});

test("the attempts that a gateway behind made are counted, as its answer or its error told", async () => {
  for (const [told, counted] of [
    [undefined, 3],
    [5, 5],
  ] as const) {
    const rt = virtualRuntime("commit");
    const policy = commit(readOptions("recover", RECOVER_OPTIONS, {}), () => TIMES)(rt);
    const { flow } = handFlow(lineReader());
    const fault = { verdict: "overloaded", code: undefined, type: "overloaded_error", message: "busy" } as const;
    const outcome = policy.handle(exchange({ target: a }), async () => {
      rt.clock.timer(10, () => flow.abort(told === undefined ? fault : { ...fault, attempts: told }));
      return { ok: true, status: 200, headers: [], flow, target: a, rewritten: false, attempts: 3 };
    });
    expect(await rt.clock.runUntil(outcome)).toMatchObject({ ok: false, verdict: "overloaded", attempts: counted });
  }
});

test("whoever watches for signs of life learns where it went, when, and of its flow as soon as there is a head", async () => {
  const rt = virtualRuntime("commit");
  await rt.clock.advance(700);
  const policy = commit(readOptions("recover", RECOVER_OPTIONS, {}), () => TIMES)(rt);
  const { flow } = handFlow(lineReader());
  const pulse: NonNullable<Exchange["pulse"]> = { target: undefined, sentAt: Number.NaN, flow: undefined };
  void policy.handle(exchange({ target: a, pulse }), async () => {
    expect(pulse).toEqual({ target: a, sentAt: 700, flow: undefined });
    return { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  });
  await rt.clock.advance(0);
  expect(pulse.flow).toBe(flow);
});
