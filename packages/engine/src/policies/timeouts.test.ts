// Tests of the time-outs of one attempt: the head, silence, the tail after a whole answer, and being called off.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, type HandSource, handFlow, lineReader, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import { failure, type Outcome } from "../outcome.ts";
import { TIMEOUT_OPTIONS, timeouts } from "./timeouts.ts";

const a = target("a");
const OPTIONS = readOptions("timeouts", TIMEOUT_OPTIONS, { head: "2s", idle: "5s", total: "100s" });

function scene(reader = lineReader()) {
  const rt = virtualRuntime("timeouts");
  const policy = timeouts(() => OPTIONS)(rt);
  const { flow, source } = handFlow(reader);
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
  return { rt, policy, flow, source, answer };
}

/** A wire that answers nothing until it is called off. */
function silent(x: Exchange): Promise<Outcome> {
  return new Promise((resolve) => {
    x.signal.onAbort(() => resolve(failure("client_gone", {}, { target: a })));
  });
}

describe("the head", () => {
  test("of a stream has its own time-out, told as such and called off on the wire", async () => {
    const { rt, policy } = scene();
    let reason: string | undefined;
    const outcome = await rt.clock.runUntil(
      policy.handle(exchange({ target: a }), (x) => {
        x.signal.onAbort((why) => {
          reason = why;
        });
        return silent(x);
      }),
    );
    expect([rt.clock.now(), reason]).toEqual([2_000, "head"]);
    expect(outcome).toMatchObject({ ok: false, code: "head_timeout", verdict: "too-slow", target: a });
  });

  test.each([
    [undefined, 100_000],
    [-1e9, 2_000],
    [0, 2_000],
    [Number.POSITIVE_INFINITY, 100_000],
    [100, 7_000],
    [1_960, 100_000],
    [64_000, 100_000],
  ])("of an answer in one piece of at most %s tokens has until %i ms", async (maxTokens, until) => {
    const { rt, policy } = scene();
    const x = exchange({ target: a, look: { ...exchange().look, stream: false, maxTokens } });
    const outcome = await rt.clock.runUntil(policy.handle(x, silent));
    expect(rt.clock.now()).toBe(until);
    expect(outcome).toMatchObject({ code: "head_timeout", verdict: "too-slow" });
  });

  test("a failure that came by itself stays as it is, and leaves no timer", async () => {
    const { rt, policy } = scene();
    const outcome = await rt.clock.runUntil(policy.handle(exchange(), async () => failed("overloaded")));
    expect(outcome).toMatchObject({ verdict: "overloaded" });
    expect(rt.clock.next()).toBeUndefined();
  });

  test("a caller that leaves is not told as a time-out", async () => {
    const { rt, policy } = scene();
    const signal = new Signal();
    rt.clock.timer(1_000, () => signal.abort("gone"));
    const outcome = await rt.clock.runUntil(policy.handle(exchange({ signal }), silent));
    expect(outcome).toMatchObject({ code: "client_gone" });
  });
});

describe("silence", () => {
  async function begun(reader = lineReader(), signal = new Signal()) {
    const one = scene(reader);
    await one.policy.handle(exchange({ target: a, signal }), async () => one.answer);
    const sink = { wants: true, ended: 0, fault: "" };
    const pipe = () =>
      one.flow.pipe({
        write: () => sink.wants,
        end: () => {
          sink.ended += 1;
        },
        fail: (fault) => {
          sink.fault = fault.code ?? "";
        },
      });
    return { ...one, sink, pipe };
  }
  const drip = async (rt: { clock: { advance(ms: number): Promise<void> } }, source: HandSource, n: number) => {
    for (let i = 0; i < n; i++) {
      await rt.clock.advance(4_900);
      source.push("ping\n");
    }
  };

  test("longer than idle ends a stream: before content as too slow, after it as a cut", async () => {
    const early = await begun();
    early.pipe();
    await early.rt.clock.advance(5_100);
    expect(early.flow.ending).toMatchObject({ verdict: "too-slow", fault: { code: "idle_timeout" } });
    expect(early.source.cancelled).toBe(true);

    const late = await begun();
    late.pipe();
    late.source.push("text a\n");
    await late.rt.clock.advance(4_900);
    expect(late.flow.ending).toBeUndefined();
    await late.rt.clock.advance(1_100);
    expect(late.flow.ending).toMatchObject({ verdict: "cut" });
    expect(late.sink).toMatchObject({ ended: 0, fault: "idle_timeout" });
  });

  test("is broken by any byte, a ping's too", async () => {
    const { rt, source, flow, pipe } = await begun();
    pipe();
    await drip(rt, source, 10);
    expect(flow.ending).toBeUndefined();
    expect(rt.clock.now()).toBeGreaterThan(45_000);
  });

  test("of a reader that has enough is not the upstream's", async () => {
    const { rt, source, flow, sink, pipe } = await begun();
    pipe();
    sink.wants = false;
    source.push("text a\n");
    await rt.clock.advance(120_000);
    expect(flow.ending).toBeUndefined();
    sink.wants = true;
    flow.resume();
    await rt.clock.advance(4_900);
    expect(flow.ending).toBeUndefined();
    await rt.clock.advance(1_200);
    expect(flow.ending?.verdict).toBe("cut");
  });

  test("after the last event of a whole answer ends it well after a second", async () => {
    const { rt, source, flow, sink, pipe } = await begun();
    pipe();
    source.push("text a\nstop\n");
    await rt.clock.advance(2_100);
    expect(flow.ending?.verdict).toBe("ok");
    expect([sink.ended, source.cancelled]).toEqual([1, true]);
  });

  test("leaves no timer behind once the answer has ended", async () => {
    const { rt, source, pipe } = await begun();
    pipe();
    source.push("text a\nstop\n");
    source.end();
    expect(rt.clock.next()).toBeUndefined();
  });

  test("being called off after the head ends the flow at once, held or piped", async () => {
    for (const held of [true, false]) {
      for (const [reason, verdict] of [
        ["gone", "cancelled"],
        ["deadline", "deadline"],
      ] as const) {
        const signal = new Signal();
        const { flow, source, pipe } = await begun(lineReader(), signal);
        if (held) void flow.hold("content", 1_000);
        else pipe();
        signal.abort(reason);
        expect(flow.ending?.verdict).toBe(verdict);
        expect(source.cancelled).toBe(true);
      }
    }
  });
});
