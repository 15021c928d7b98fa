// Tests of the limits: turns in order, waits that are foretold, what is drawn before and settled after.

import { NO_USAGE, type Usage } from "@fairlead/protocol";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exchange, failed, handFlow, lineReader, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import type { Failure, Outcome } from "../outcome.ts";
import { LIMITS_OPTIONS, Limiter, limits } from "./limits.ts";

function scene(input: Parameters<typeof readOptions<typeof LIMITS_OPTIONS>>[2]) {
  const rt = virtualRuntime("limits");
  const options = readOptions("limits", LIMITS_OPTIONS, input);
  const limiter = new Limiter(rt, options);
  const policy = limits(options, limiter)(rt);
  const sent: Array<readonly [string, number]> = [];
  const reader = lineReader();
  const { flow, source } = handFlow(reader);
  /** Usage as the answer tells it, at its start and at its end. */
  const tell = (usage: Partial<Usage>) => {
    reader.facts.usage = { ...NO_USAGE, ...usage };
  };
  const answer: Outcome = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
  const send = (x: Partial<Exchange> = {}, outcome: Outcome = failed("upstream-fault")) =>
    policy.handle(exchange(x), async (one) => {
      sent.push([one.id, rt.clock.now()]);
      return outcome;
    });
  return { rt, limiter, policy, sent, send, flow, source, tell, answer };
}

const body = (tokens: number) => Buffer.alloc(tokens * 4);
const sink = { write: () => true, end() {}, fail() {} };

describe("turns", () => {
  test("of a token bucket: the burst at once, the rest in order at the rate, on one timer", async () => {
    const { rt, sent, send, limiter } = scene({ requests_per_minute: 60, burst: "3s" });
    const all = Array.from({ length: 6 }, (_, i) => send({ id: `${i}` }));
    await rt.clock.advance(0);
    expect(sent.map(([id]) => id)).toEqual(["0", "1", "2"]);
    expect(limiter.waiting).toBe(3);
    await rt.clock.advance(10_000);
    await Promise.all(all);
    expect(sent.slice(3).map(([id, at]) => [id, Math.round(at)])).toEqual([
      ["3", 1_000],
      ["4", 2_000],
      ["5", 3_000],
    ]);
    expect(limiter.figures()).toMatchObject({ waiting: 0, waited: 3, refused: 0 });
    expect(rt.clock.next()).toBeUndefined();
  });

  test("of a leaky bucket: an even pace from the first on", async () => {
    const { rt, sent, send } = scene({ requests_per_minute: 60, kind: "leaky" });
    for (let i = 0; i < 3; i++) void send({ id: `${i}` });
    await rt.clock.advance(10_000);
    expect(sent.map(([, at]) => Math.round(at))).toEqual([0, 1_000, 2_000]);
  });

  test("a small one does not pass a large one that waits", async () => {
    const { rt, sent, send } = scene({ input_tokens_per_minute: 60_000, burst: "1s" });
    void send({ id: "first", body: body(1_000) }, failed("upstream-fault"));
    // The failed one gave its tokens back: draw them again, by one that may be billed.
    void send({ id: "billed", body: body(900) }, failed("timed-out"));
    await rt.clock.advance(0);
    void send({ id: "large", body: body(1_000) });
    void send({ id: "small", body: body(10) });
    await rt.clock.advance(850);
    expect(sent.map(([id]) => id)).toEqual(["first", "billed"]);
    await rt.clock.advance(200);
    expect(sent.map(([id]) => id)).toEqual(["first", "billed", "large", "small"]);
  });

  test("what is named no model passes by, and so does all without a limit", async () => {
    const { rt, sent, send } = scene({ requests_per_minute: 1 });
    for (let i = 0; i < 3; i++) void send({ look: { ...exchange().look, model: undefined } });
    await rt.clock.advance(0);
    expect(sent).toHaveLength(3);
    const free = scene({});
    for (let i = 0; i < 3; i++) void free.send();
    await free.rt.clock.advance(0);
    expect(free.sent).toHaveLength(3);
  });

  test("the wait is told in the request's steps", async () => {
    const { rt, send } = scene({ requests_per_minute: 60, burst: "1s" });
    void send();
    const x = exchange();
    void send({ tally: x.tally });
    await rt.clock.advance(1_000);
    expect(x.tally.steps).toMatchObject([{ what: "queued", why: "limits", at: 1_000 }]);
    expect(x.tally.queuedMs).toBeCloseTo(1_000, 6);
  });
});

describe("an end of waiting", () => {
  test("who would wait too long is refused at once, with the time after which there is room", async () => {
    const { rt, sent, send, limiter } = scene({ requests_per_minute: 60, burst: "1s", max_wait: "2s" });
    const all = Array.from({ length: 4 }, () => send({ priority: "batch" }));
    const outcome = await all[3];
    expect(rt.clock.now()).toBe(0);
    expect(outcome).toMatchObject({
      ok: false,
      code: "limits_wait",
      verdict: "refused-here",
      local: true,
      unsent: true,
    });
    expect(outcome).toMatchObject({ retryAfterMs: 3_000, message: expect.stringContaining("requests per minute") });
    expect(limiter.figures()).toMatchObject({ waiting: 2, waited: 0, refused: 1 });
    await rt.clock.advance(5_000);
    expect(sent).toHaveLength(3);
    expect(limiter.figures()).toMatchObject({ waiting: 0, waited: 2, refused: 1 });
  });

  test("who could not be answered by its deadline is refused at once", async () => {
    const { rt, send } = scene({ requests_per_minute: 60, burst: "1s" });
    void send();
    expect(await rt.clock.runUntil(send({ deadline: 999 }))).toMatchObject({ code: "limits_wait" });
    expect(rt.clock.now()).toBe(0);
    expect(await rt.clock.runUntil(send({ deadline: 1_100 }))).toMatchObject({ verdict: "upstream-fault" });
  });

  test("a debt that grows meanwhile does not make anybody wait longer than the longest wait", async () => {
    const { rt, sent, send, answer } = scene({ output_tokens_per_minute: 60, max_wait: "5s", burst: "1s" });
    const ends: Array<(outputTokens: number) => void> = [];
    for (const id of ["short", "long"]) {
      const reader = lineReader();
      const { flow, source } = handFlow(reader);
      await send({ id }, { ...answer, flow } as Outcome);
      flow.pipe(sink);
      ends.push((outputTokens) => {
        reader.facts.usage = { ...NO_USAGE, outputTokens };
        source.push("text a\nstop\n");
        source.end();
      });
    }
    ends[0]?.(3);
    const late = send({ id: "late" });
    await rt.clock.advance(100);
    ends[1]?.(600);
    const refused = await rt.clock.runUntil(late);
    expect(refused).toMatchObject({ code: "limits_wait" });
    expect(rt.clock.now()).toBe(5_000);
    // The words tell what was too long in all, the retry-after what is left of it.
    const { message = "", retryAfterMs = 0 } = refused as Partial<Failure>;
    expect(Number(/no room for (\d+) ms/.exec(message)?.[1])).toBe(5_000 + retryAfterMs);
    expect(sent.map(([id]) => id)).toEqual(["short", "long"]);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("who leaves while it waits is gone at once, and those behind move up", async () => {
    const { rt, sent, send, limiter } = scene({ requests_per_minute: 60, burst: "1s" });
    void send({ id: "first" });
    const signal = new Signal();
    const gone = send({ id: "gone", signal });
    void send({ id: "next" });
    await rt.clock.advance(500);
    signal.abort("left");
    expect(await gone).toMatchObject({ code: "client_gone", unsent: true });
    expect(limiter.waiting).toBe(1);
    await rt.clock.advance(500);
    expect(sent.map(([id, at]) => [id, Math.round(at)])).toEqual([
      ["first", 0],
      ["next", 1_000],
    ]);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("when a large one leaves, a small one behind it goes at once", async () => {
    const { rt, sent, send } = scene({ input_tokens_per_minute: 60_000, burst: "1s" });
    void send({ id: "first", body: body(800) }, failed("timed-out"));
    await rt.clock.advance(0);
    const signal = new Signal();
    void send({ id: "large", body: body(1_000), signal });
    void send({ id: "small", body: body(10) });
    await rt.clock.advance(100);
    signal.abort("left");
    await rt.clock.advance(0);
    expect(sent).toEqual([
      ["first", 0],
      ["small", 100],
    ]);
    expect(rt.clock.next()).toBeUndefined();
  });

  test("those who have gone are no longer counted as ahead", async () => {
    const { rt, sent, send } = scene({ requests_per_minute: 60, burst: "1s", max_wait: "2s" });
    for (let i = 0; i < 3; i++) void send();
    await rt.clock.advance(5_000);
    for (let i = 0; i < 3; i++) void send();
    await rt.clock.advance(5_000);
    expect(sent.map(([, at]) => Math.round(at))).toEqual([0, 1_000, 2_000, 5_000, 6_000, 7_000]);
  });

  test("nobody waits whose request was called off before", async () => {
    const { send, sent } = scene({ requests_per_minute: 60 });
    const signal = new Signal();
    signal.abort("left");
    expect(await send({ signal })).toMatchObject({ code: "client_gone" });
    expect(sent).toEqual([]);
  });
});

/** What could be drawn of each limit. */
const left = (limiter: Limiter) => limiter.figures().rest.map((one) => one.left);

describe("settling", () => {
  const LIMITED = { requests_per_minute: 600, input_tokens_per_minute: 60_000, output_tokens_per_minute: 60_000 };

  test("input is drawn by the body's length and settled by the usage, cache reads left out, at its start already", async () => {
    const { limiter, send, answer, source, tell, flow } = scene(LIMITED);
    expect(limiter.figures().rest).toEqual([
      { dimension: "requests", limit: 600, left: 100 },
      { dimension: "input tokens", limit: 60_000, left: 10_000 },
      { dimension: "output tokens", limit: 60_000, left: 10_000 },
    ]);
    tell({ inputTokens: 700, cacheWrite5mTokens: 100, cacheReadTokens: 5_000, outputTokens: 1 });
    await send({ body: body(4_000) }, answer);
    expect(left(limiter)).toEqual([99, 9_200, 9_999]);
    flow.pipe(sink);
    tell({ inputTokens: 700, cacheWrite5mTokens: 100, cacheReadTokens: 5_000, outputTokens: 2_500 });
    source.push("text a\nstop\n");
    source.end();
    expect(left(limiter)).toEqual([99, 9_200, 7_500]);
  });

  test("the mean of earlier answers is drawn beforehand, no more than max_tokens", async () => {
    const { limiter } = scene(LIMITED);
    limiter.sawOutput("m", 1_000);
    limiter.sawOutput("m", 2_000);
    expect(limiter.estimate(exchange())[2]).toBeCloseTo(1_100, 9);
    expect(limiter.estimate(exchange({ look: { ...exchange().look, maxTokens: 64 } }))[2]).toBe(64);
    expect(limiter.estimate(exchange({ look: { ...exchange().look, model: "other" } }))[2]).toBe(0);
  });

  test.each([
    ["refused here", { local: true }, "refused-here", [100, 10_000, 10_000]],
    ["never sent", { unsent: true }, "unreachable", [100, 10_000, 10_000]],
    ["sent and not billed", {}, "rate-limited", [99, 10_000, 10_000]],
    ["sent and maybe billed", {}, "timed-out", [99, 6_000, 10_000]],
  ] as const)("a failure that was %s gives back what it did not cost", async (_, more, verdict, rest) => {
    const { limiter, send } = scene(LIMITED);
    limiter.sawOutput("m", 500);
    await send({ body: body(4_000) }, failed(verdict, more));
    expect(left(limiter)).toEqual(rest);
  });

  test("an answer of the API without usage cost no tokens, a broken stream what was expected", async () => {
    const counted = scene(LIMITED);
    await counted.send({ body: body(4_000) }, counted.answer);
    counted.flow.pipe(sink);
    counted.source.push("text a\nstop\n");
    counted.source.end();
    expect(left(counted.limiter)).toEqual([99, 10_000, 10_000]);

    const broken = scene(LIMITED);
    broken.limiter.sawOutput("m", 500);
    broken.tell({ inputTokens: 100, outputTokens: 1 });
    await broken.send({ body: body(4_000) }, broken.answer);
    broken.flow.pipe(sink);
    broken.source.push("text a\n");
    broken.source.fail();
    expect(left(broken.limiter)).toEqual([99, 9_900, 9_500]);
    expect(broken.limiter.estimate(exchange())[2]).toBe(500);
  });

  test("tokens that come back let the next one go at once", async () => {
    const { rt, sent, send, answer, source, tell, flow } = scene({ input_tokens_per_minute: 60_000, burst: "1s" });
    await send({ id: "a", body: body(1_000) }, answer);
    flow.pipe(sink);
    void send({ id: "b", body: body(900) });
    await rt.clock.advance(100);
    expect(sent.map(([id]) => id)).toEqual(["a"]);
    tell({ inputTokens: 10 });
    source.push("text a\nstop\n");
    source.end();
    await rt.clock.advance(0);
    expect(sent.map(([id, at]) => [id, at])).toEqual([
      ["a", 0],
      ["b", 100],
    ]);
  });
});

test("for all arrivals: in order, never more than burst and rate allow, no timer and nobody left", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 3_000 }), fc.boolean()), { maxLength: 40 }),
      fc.constantFrom("token", "leaky"),
      async (arrivals, kind) => {
        const { rt, sent, send, limiter } = scene({ requests_per_minute: 60, burst: "2s", kind, max_wait: "8s" });
        const outcomes: Array<Promise<Outcome>> = [];
        for (const [i, [later, leaves]] of arrivals.entries()) {
          await rt.clock.advance(later);
          const signal = new Signal();
          if (leaves) rt.clock.timer(700, () => signal.abort("left"));
          outcomes.push(send({ id: String(i).padStart(3, "0"), signal }));
        }
        await rt.clock.advance(20_000);
        const told = await Promise.all(outcomes);
        const codes = told.map((one) => (one.ok ? "" : one.code));
        expect(sent).toHaveLength(codes.filter((code) => code === undefined).length);
        expect([limiter.waiting, rt.clock.next()]).toEqual([0, undefined]);
        expect(sent.map(([id]) => id)).toEqual(sent.map(([id]) => id).toSorted());
        for (const [i, [, at]] of sent.entries()) {
          const past = sent.slice(0, i + 1).filter(([, before]) => before > at - 1_000 + 0.01);
          expect(past.length).toBeLessThanOrEqual(kind === "leaky" ? 1 : 3);
        }
      },
    ),
    { numRuns: 40 },
  );
});
