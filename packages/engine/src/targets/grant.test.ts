// Tests of a grant: slot and booking are settled once, with what was really used, whatever became of the attempt.

import type { Usage } from "@fairlead/protocol";
import { describe, expect, test, vi } from "vitest";
import { exchange, failed, handFlow, lineReader, response, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { Concurrency } from "../mechanics/concurrency.ts";
import { Predictor } from "../mechanics/predictor.ts";
import { readOptions } from "../options.ts";
import type { Answer } from "../outcome.ts";
import { type Books, Grant } from "./grant.ts";
import { QUOTA_OPTIONS, Quotas } from "./quotas.ts";
import { Slot } from "./slot.ts";

const a = target("a");
const ROUTE = { model: "m", stream: true, thinking: false, bytes: 350 };
const COST = { requests: 1, input: 100, output: 600 };
const usage = (inputTokens: number, outputTokens: number) =>
  ({
    inputTokens,
    outputTokens,
    cacheReadTokens: 40,
    cacheWrite5mTokens: 20,
    cacheWrite1hTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
  }) as Usage;

function scene({ sound = true } = {}) {
  let now = 0;
  const quotas = new Quotas(
    readOptions("quota", QUOTA_OPTIONS, { rpm: 600, itpm: 60_000, otpm: 60_000, ramp_start: 1 }),
  );
  const predictor = new Predictor();
  const concurrency = new Concurrency({ ceiling: 100, slow: 2.2, overload: 0.1 });
  const charges: [number, number][] = [];
  let freed = 0;
  const books: Books = {
    quotas,
    predictor,
    charge: (_x: Exchange, input, output) => charges.push([input, output]),
    begun: () => {},
    cached: () => {},
    freed: () => {
      freed += 1;
    },
    spread: () => 1,
    now: () => now,
  };
  const cached = vi.spyOn(books, "cached");
  const quota = quotas.of(a, "m");
  const booking = quota.reserve(now, COST);
  if (booking === undefined) throw new Error("no room");
  const estimate = { route: ROUTE, cost: COST };
  const grant = new Grant(books, exchange(), a, new Slot(concurrency, now), quota, booking, estimate, sound);
  const settled = vi.spyOn(quota, "settle");
  const begin = (read: Usage | undefined = undefined) => {
    const reader = lineReader();
    reader.facts.usage = read as never;
    const { flow, source } = handFlow(reader);
    flow.pipe({ write: () => true, end: () => {}, fail: () => {} });
    source.push("start\ntext a\n");
    const answer: Answer = { ok: true, status: 200, headers: [], flow, target: a, rewritten: false };
    grant.begun(answer);
    return { source, reader, flow };
  };
  const pass = (ms: number) => {
    now += ms;
  };
  return { grant, begin, pass, quota, booking, settled, predictor, concurrency, charges, cached, freed: () => freed };
}

describe("an attempt that fails", () => {
  test("frees its slot and draws a request, and no tokens; what was never sent draws nothing", () => {
    for (const unsent of [false, true]) {
      const { grant, concurrency, booking, settled, quota, freed } = scene();
      grant.failed(failed("upstream-fault", { unsent }));
      expect([concurrency.inFlight, quota.inFlight, booking.open, freed()]).toEqual([0, 0, false, 1]);
      expect(settled.mock.calls[0]?.[2]).toEqual({ requests: unsent ? 0 : 1, input: 0, output: 0 });
    }
  });

  test("is settled once, however often it is told", () => {
    const { grant, concurrency, freed, settled } = scene();
    for (let i = 0; i < 3; i++) grant.failed(failed("overloaded"));
    expect([concurrency.inFlight, freed(), settled.mock.calls.length]).toEqual([0, 1, 1]);
  });

  test("by a rate limit shuts the account's quota for as long as was told", () => {
    const { grant, quota, booking } = scene();
    grant.failed(failed("rate-limited", { response: response(429), retryAfterMs: 7_000 }));
    expect(booking.open).toBe(false);
    expect(quota.waitMs(0, COST)).toBe(7_000);
  });
});

describe("an answer", () => {
  test("that comes whole is settled with what it used, and the rest is charged to its tenant", () => {
    const { begin, pass, booking, settled, concurrency, charges, freed, cached, predictor } = scene();
    const learned = vi.spyOn(predictor, "sawUsage");
    const { source, reader } = begin();
    expect([booking.open, concurrency.inFlight, freed()]).toEqual([true, 1, 0]);
    pass(2_000);
    reader.facts.usage = usage(130, 900) as never;
    source.push("stop\n");
    source.end();
    expect([booking.open, concurrency.inFlight, freed()]).toEqual([false, 0, 1]);
    // Read from the cache is not counted, written to it is.
    expect(settled.mock.calls.map((call) => call[2])).toEqual([{ requests: 1, input: 150, output: 900 }]);
    expect(charges).toEqual([[50, 300]]);
    expect(cached.mock.calls[0]?.[2]).toBe(60);
    expect(learned.mock.calls.length).toBe(1);
  });

  test("that breaks is settled with what came of it, which teaches nothing of whole ones", () => {
    const { begin, booking, settled, concurrency, predictor } = scene();
    const learned = vi.spyOn(predictor, "sawUsage");
    const { source, flow } = begin(usage(130, 1));
    source.push(`text ${"x".repeat(8_000)}\n`);
    source.fail();
    expect(flow.bytes).toBeGreaterThan(8_000);
    expect([booking.open, concurrency.inFlight]).toEqual([false, 0]);
    expect(settled.mock.calls[0]?.[2]).toEqual({ requests: 1, input: 150, output: flow.bytes / 40 });
    expect(learned.mock.calls.length).toBe(0);
  });

  test("that ended is not settled again by a late failure", () => {
    const { grant, begin, settled, freed, concurrency } = scene();
    const { source } = begin();
    source.push("stop\n");
    source.end();
    grant.failed(failed("overloaded"));
    expect([settled.mock.calls.length, freed(), concurrency.inFlight]).toEqual([1, 1, 0]);
  });

  test("of an attempt that failed already is not settled again when it ends", () => {
    const { grant, begin, settled, freed } = scene();
    const { source } = begin();
    grant.failed(failed("cancelled"));
    source.push("stop\n");
    source.end();
    expect([settled.mock.calls.length, freed()]).toEqual([1, 1]);
  });

  test("while it runs has what it produced on the books, and its input as soon as that is told", () => {
    const { grant, begin, booking } = scene();
    const { source } = begin(usage(480, 0));
    expect(booking.input).toBe(500);
    source.push(`text ${"x".repeat(40_000)}\n`);
    grant.trueUp(1_000);
    expect(booking.output).toBeGreaterThan(1_000);
    expect(booking.output).toBeLessThan(1_010);
  });

  test("teaches what a healthy first token is only where nothing is limited", () => {
    for (const sound of [true, false]) {
      const { begin, pass, predictor } = scene({ sound });
      const learned = vi.spyOn(predictor, "sawFirstToken");
      pass(800);
      begin();
      expect(learned.mock.calls.length).toBe(sound ? 1 : 0);
    }
  });
});
