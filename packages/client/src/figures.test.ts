// Tests of the figures: percentiles within their error, what counts as what, and a window that forgets.

import type { AttemptFact, RequestFact } from "@fairlead/engine";
import { seededRandom, VirtualClock } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Figures } from "./figures.ts";
import { Histogram } from "./histogram.ts";

describe("the histogram", () => {
  test("gives percentiles at most 3.2 % above and never below the true ones", () => {
    const random = seededRandom("histogram");
    for (const scale of [3, 400, 90_000, 3e7]) {
      const one = new Histogram();
      const values = Array.from({ length: 5_000 }, () => random.next() ** 3 * scale);
      for (const value of values) one.add(value);
      values.sort((a, b) => a - b);
      const given = one.percentiles();
      for (const [share, value] of [
        [0.5, given.p50],
        [0.95, given.p95],
        [0.99, given.p99],
      ] as const) {
        const truth = values[Math.ceil(share * values.length) - 1] ?? 0;
        // Values are kept, and told, in tenths of a millisecond.
        expect(value).toBeGreaterThanOrEqual(truth - 0.06);
        expect(value).toBeLessThanOrEqual(truth * 1.033 + 0.16);
      }
      expect(given.max).toBeCloseTo(values[values.length - 1] ?? 0, 0);
      expect(given.count).toBe(5_000);
    }
  });

  test("takes the rank that the share asks for, of a few as of many", () => {
    const one = new Histogram();
    for (const value of [0.1, 1, 2]) one.add(value);
    expect(one.percentiles()).toMatchObject({ p50: 1.1, p95: 2, p99: 2 });
  });

  test("takes any time at all, and nothing gives zeros", () => {
    expect(new Histogram().percentiles()).toEqual({ count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 });
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e6, max: 1e15 }), (ms) => {
        const one = new Histogram();
        one.add(ms);
        expect(one.percentiles().p50).toBeLessThanOrEqual(Math.max(0, ms) + 0.06);
      }),
    );
  });

  test("two that are merged are the one of all values", () => {
    const [a, b, both] = [new Histogram(), new Histogram(), new Histogram()];
    for (let i = 0; i < 100; i++) {
      (i % 3 === 0 ? a : b).add(i * 7);
      both.add(i * 7);
    }
    a.merge(b);
    a.merge(new Histogram());
    expect(a.percentiles()).toEqual(both.percentiles());
  });
});

const usage = {
  ...{ inputTokens: 10, outputTokens: 4, cacheReadTokens: 100, cacheWrite5mTokens: 7, cacheWrite1hTokens: 3 },
  ...{ thinkingTokens: 0, webSearchRequests: 0, webFetchRequests: 0 },
};

function request(more: object, stream = true): RequestFact {
  return {
    ...{ kind: "request", at: 0, verdict: "ok", status: 200, firstMs: 50, totalMs: 900, answer: { usage } },
    x: { look: { stream }, tally: { queuedMs: 0 } },
    ...more,
  } as unknown as RequestFact;
}

const attempt = (name: string, verdict: string) =>
  ({ kind: "attempt", at: 0, verdict, x: { target: { name } } }) as unknown as AttemptFact;

describe("figures", () => {
  test("count requests by status and verdict, and success only for what came whole", () => {
    const figures = new Figures(new VirtualClock());
    figures.take(request({}));
    figures.take(request({ verdict: "cut" }));
    figures.take(request({ verdict: "overloaded", status: 529, answer: undefined }));
    figures.take(request({ verdict: "unreachable", status: undefined, answer: undefined }));
    const span = figures.sinceStart();
    expect(span).toMatchObject({ requests: 4, succeeded: 1, successRate: 0.25 });
    expect(span.byStatus).toEqual({ 200: 2, 529: 1, none: 1 });
    expect(span.byVerdict).toEqual({ ok: 1, cut: 1, overloaded: 1, unreachable: 1 });
    expect(span.tokens).toEqual({ input: 20, output: 8, cacheRead: 200, cacheWrite: 20 });
    expect(span.totalMs.count).toBe(4);
  });

  test("the first token is that of streams that came well", () => {
    const figures = new Figures(new VirtualClock());
    figures.take(request({ firstMs: 70 }));
    figures.take(request({ firstMs: 5_000 }, false));
    figures.take(request({ firstMs: 5_000, verdict: "overloaded" }));
    expect(figures.sinceStart().firstTokenMs).toMatchObject({ count: 1, max: 70 });
  });

  test("the retry rate is attempts beyond the first, per request", () => {
    const figures = new Figures(new VirtualClock());
    for (const verdict of ["overloaded", "ok", "ok"]) figures.take(attempt("a", verdict));
    figures.take(request({}));
    figures.take(request({}));
    figures.take({ kind: "wait", at: 0, waitMs: 250 } as never);
    const span = figures.sinceStart();
    expect(span).toMatchObject({ attempts: 3, retryRate: 0.5, byUpstream: { a: { overloaded: 1, ok: 2 } } });
    expect(span.backoffMs).toMatchObject({ count: 1, max: 250 });
  });

  test("the wait is that of those who had to wait", () => {
    const figures = new Figures(new VirtualClock());
    figures.take(request({}));
    figures.take(request({ x: { look: { stream: true }, tally: { queuedMs: 700 } } }));
    expect(figures.sinceStart().queuedMs).toMatchObject({ count: 1, max: 700 });
    expect(figures.window().queuedMs).toMatchObject({ count: 1, max: 700 });
  });

  test("the window forgets after five minutes, the whole does not", async () => {
    const clock = new VirtualClock();
    const figures = new Figures(clock);
    figures.take(request({}));
    await clock.advance(269_000);
    figures.take(request({ status: 201 }));
    expect(figures.window().requests).toBe(2);
    await clock.advance(32_000);
    expect(figures.window().byStatus).toEqual({ 201: 1 });
    await clock.advance(600_000);
    expect(figures.window().requests).toBe(0);
    expect(figures.sinceStart().requests).toBe(2);
    figures.take(request({}));
    expect(figures.window().requests).toBe(1);
  });

  test("names that come from outside do not fill the memory", () => {
    const figures = new Figures(new VirtualClock());
    for (let i = 0; i < 2_000; i++) figures.take(attempt(`upstream-${i}`, "ok"));
    const names = Object.keys(figures.sinceStart().byUpstream);
    expect(names.length).toBeLessThanOrEqual(65);
    expect(figures.sinceStart().byUpstream.other?.ok).toBe(2_000 - 64);
  });
});
