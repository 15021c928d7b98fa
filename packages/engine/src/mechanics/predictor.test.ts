// Tests of the predictor: what it says before it knows, what it learns, and that made-up names take no room.

import { NO_USAGE, type Usage } from "@fairlead/protocol";
import { normal, seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { Predictor, type Route } from "./predictor.ts";

const route = (more: Partial<Route> = {}): Route => ({
  model: "claude-opus-5",
  stream: true,
  thinking: false,
  bytes: 7_000,
  ...more,
});
const usage = (more: Partial<Usage>): Usage => ({ ...NO_USAGE, ...more });

describe("before anything is known", () => {
  test("says the documented defaults", () => {
    const predictor = new Predictor();
    expect(predictor.cost(route())).toEqual({ requests: 1, input: 2_000, output: 600 });
    expect(predictor.output(route({ thinking: true }))).toBe(2_000);
    expect(predictor.ttftMs(route(), 10_000)).toBe(1_500);
    expect(predictor.normalised(route(), 10_000, 3_000)).toBe(2);
    expect(predictor.outputOfBytes("claude-opus-5", 4_000)).toBe(100);
    expect(predictor.models).toBe(0);
  });

  test("never expects more output than may be asked for, nor more input than fits", () => {
    const predictor = new Predictor();
    expect(predictor.output(route(), 100)).toBe(100);
    expect(predictor.allInput(route({ bytes: 32_000_000 }))).toBe(1_000_000);
    predictor.sawUsage(route({ model: "claude-haiku-4-5" }), usage({ inputTokens: 2_000, outputTokens: 5 }));
    expect(predictor.allInput(route({ model: "claude-haiku-4-5", bytes: 32_000_000 }))).toBe(200_000);
    for (let i = 0; i < 50; i++) predictor.sawUsage(route(), usage({ outputTokens: 5_000 }));
    expect(predictor.output(route(), 1_000)).toBe(1_000);
  });
});

describe("output", () => {
  test("200 lognormal answers with sigma 1.2: within 10 % on average over 400 seeds", () => {
    let error = 0;
    for (let seed = 0; seed < 400; seed++) {
      const random = seededRandom(`predictor-${seed}`);
      const predictor = new Predictor();
      for (let i = 0; i < 200; i++) {
        const outputTokens = Math.round(Math.exp(Math.log(800) - 0.72 + 1.2 * normal(random)));
        predictor.sawUsage(route(), usage({ outputTokens }));
      }
      error += Math.abs(predictor.output(route()) / 800 - 1) / 400;
    }
    expect(error).toBeLessThan(0.1);
  });

  test("a few answers already count for more than the default", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 5; i++) predictor.sawUsage(route(), usage({ outputTokens: 60 }));
    expect(predictor.output(route())).toBeLessThan(250);
    expect(predictor.output(route())).toBeGreaterThan(60);
  });

  test("routes are learned apart: model, streaming, thinking and size of the body", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 200; i++) predictor.sawUsage(route(), usage({ outputTokens: 10 }));
    expect(predictor.output(route())).toBeLessThan(20);
    for (const other of [
      route({ stream: false }),
      route({ model: "claude-sonnet-5" }),
      route({ bytes: 4_096 }),
      route({ bytes: 32_769 }),
      route({ bytes: 300_000 }),
    ]) {
      expect(predictor.output(other), JSON.stringify(other)).toBe(600);
    }
    expect(predictor.output(route({ thinking: true }))).toBe(2_000);
    expect(predictor.output(route({ bytes: 4_097 }))).toBeLessThan(20);
    expect(predictor.output(route({ bytes: 32_768 }))).toBeLessThan(20);
  });
});

describe("input", () => {
  test("bytes to a token are learned by model, from all input tokens", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 100; i++) {
      predictor.sawUsage(route({ bytes: 10_000 }), usage({ inputTokens: 1_000, cacheReadTokens: 3_000 }));
    }
    expect(predictor.allInput(route({ bytes: 20_000 }))).toBeCloseTo(8_000, -2);
    expect(predictor.allInput(route({ model: "claude-sonnet-5", bytes: 3_500 }))).toBe(1_000);
  });

  test("what is read from the cache is not expected to count; what is written is", () => {
    const predictor = new Predictor();
    const cached = usage({ inputTokens: 100, cacheWrite5mTokens: 300, cacheReadTokens: 3_600 });
    for (let i = 0; i < 100; i++) predictor.sawUsage(route({ bytes: 14_000 }), cached);
    expect(predictor.input(route({ bytes: 14_000 }))).toBeCloseTo(400, -1);
    expect(predictor.cost(route({ bytes: 14_000 })).input).toBe(predictor.input(route({ bytes: 14_000 })));
    // Another size of body is another route: nothing is known of its cache.
    expect(predictor.input(route({ bytes: 1_400 }))).toBeCloseTo(400, -1);
    expect(predictor.input(route({ bytes: 140_000 }))).toBeCloseTo(40_000, -3);
  });

  test("one body full of images does not spoil the ratio", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 100; i++) predictor.sawUsage(route(), usage({ inputTokens: 2_000 }));
    predictor.sawUsage(route({ bytes: 20_000_000 }), usage({ inputTokens: 1_500 }));
    expect(predictor.allInput(route())).toBeGreaterThan(1_900);
  });

  test("bytes of a stream to an output token are learned too", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 200; i++) predictor.sawUsage(route(), usage({ outputTokens: 100 }), 16_000);
    expect(predictor.outputOfBytes("claude-opus-5", 8_000)).toBeCloseTo(50, 0);
    const before = predictor.outputOfBytes("claude-opus-5", 8_000);
    predictor.sawUsage(route(), usage({ outputTokens: 100 }));
    predictor.sawUsage(route(), usage({ outputTokens: 0 }), 500);
    expect(predictor.outputOfBytes("claude-opus-5", 8_000)).toBe(before);
  });

  test("what heads and frames take of short answers does not make long ones look short, nor does one odd answer", () => {
    const predictor = new Predictor();
    for (let i = 0; i < 400; i++) {
      const outputTokens = i % 4 === 0 ? 4_000 : 40;
      predictor.sawUsage(route(), usage({ outputTokens }), 600 + 7 * outputTokens);
    }
    const long = predictor.outputOfBytes("claude-opus-5", 600 + 7 * 4_000);
    expect(Math.abs(long - 4_000)).toBeLessThan(400);
    predictor.sawUsage(route(), usage({ outputTokens: 100 }), 5_000_000);
    expect(predictor.outputOfBytes("claude-opus-5", 600 + 7 * 4_000)).toBeGreaterThan(0.95 * long);
  });
});

describe("time to the first token", () => {
  test("is learned from the uncached input: normalised times of small and large prompts both lie around 1", () => {
    const predictor = new Predictor();
    const random = seededRandom("ttft");
    const time = (x: number) => (300 + 0.03 * x) * Math.exp(0.3 * normal(random));
    for (let i = 0; i < 500; i++) {
      const x = 50_000 * random.next();
      predictor.sawFirstToken(route(), x, time(x));
    }
    expect(predictor.sizeMs(route(), 20_000)).toBeCloseTo(
      predictor.ttftMs(route(), 20_000) - predictor.ttftMs(route(), 0),
      6,
    );
    expect(predictor.sizeMs(route({ model: "claude-sonnet-5" }), 20_000)).toBe(1_000);
    for (const x of [500, 5_000, 50_000]) {
      expect(predictor.normalised(route(), x, 300 + 0.03 * x)).toBeGreaterThan(0.8);
      expect(predictor.normalised(route(), x, 300 + 0.03 * x)).toBeLessThan(1.15);
    }
    expect(predictor.ttftMs(route({ thinking: true }), 0)).toBe(1_000);
    expect(predictor.ttftMs(route({ model: "claude-sonnet-5" }), 0)).toBe(1_000);
  });

  test("times that are none are left out", () => {
    const predictor = new Predictor();
    predictor.sawFirstToken(route(), Number.NaN, 5);
    predictor.sawFirstToken(route(), 5, -1);
    expect(predictor.models).toBe(0);
  });
});

describe("room", () => {
  test("asking takes none; learned names are bounded, and the one learned longest ago goes first", () => {
    const predictor = new Predictor(3);
    for (let i = 0; i < 1_000; i++) predictor.cost(route({ model: `made-up-${i}` }));
    expect(predictor.models).toBe(0);
    for (const model of ["a", "b", "c"]) predictor.sawUsage(route({ model }), usage({ outputTokens: 10 }));
    predictor.sawUsage(route({ model: "a" }), usage({ outputTokens: 10 }));
    predictor.sawFirstToken(route({ model: "d" }), 0, 500);
    expect(predictor.models).toBe(3);
    expect(predictor.output(route({ model: "a" }))).toBeLessThan(600);
    expect(predictor.output(route({ model: "b" }))).toBe(600);
  });
});
