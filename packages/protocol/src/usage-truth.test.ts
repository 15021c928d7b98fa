// The traps of accounting, one by one: what an answer told, and what it costs, worked out by hand.

import { describe, expect, test } from "vitest";
import { costOf, priceRowName } from "./prices.ts";
import { billedTokens, mergeUsage, readUsage, totalInput } from "./usage.ts";

const NOW = Date.UTC(2026, 10, 21);
/** Millionths of a dollar, as the sums in the comments are. */
const micro = (usage: unknown, model: string, at = NOW) => costOf(readUsage(usage), model, { atMs: at }).picoUsd / 1e6;

describe("what a stream tells", () => {
  test("the output of message_start is provisional, and each message_delta replaces the last: nothing is added up", () => {
    const start = readUsage({ input_tokens: 1_000, output_tokens: 8 });
    const some = mergeUsage(start, { output_tokens: 100 });
    const all = mergeUsage(some, { output_tokens: 250 });
    // 1000 * 4 + 250 * 20 = 9000 millionths. Added up it would be 358 tokens.
    expect(costOf(all, "claude-opus-5-5", { atMs: NOW }).picoUsd).toBe(9_000e6);
  });

  test("input and cache counts that message_delta repeats are the same tokens", () => {
    const usage = {
      input_tokens: 10,
      cache_creation_input_tokens: 400,
      cache_read_input_tokens: 5_000,
      output_tokens: 1,
    };
    const all = mergeUsage(readUsage(usage), { ...usage, output_tokens: 20 });
    expect(totalInput(all)).toBe(5_410);
    // 10 * 4 + 400 * 5 + 5000 * 0.2 + 20 * 20 = 40 + 2000 + 1000 + 400 = 3440 millionths.
    expect(costOf(all, "claude-opus-5-5", { atMs: NOW }).picoUsd).toBe(3_440e6);
  });

  test("null says nothing, it is not zero", () => {
    const nulls = {
      input_tokens: null,
      cache_creation: null,
      cache_read_input_tokens: null,
      server_tool_use: null,
      output_tokens: 5,
    };
    const all = mergeUsage(readUsage({ input_tokens: 100, cache_read_input_tokens: 50 }), nulls);
    // 100 * 4 + 50 * 0.2 + 5 * 20 = 400 + 10 + 100 = 510 millionths.
    expect(costOf(all, "claude-opus-5-5", { atMs: NOW }).picoUsd).toBe(510e6);
  });

  test("later server tools and details are taken, earlier ones kept", () => {
    const start = readUsage({ input_tokens: 1, server_tool_use: { web_search_requests: 1 } });
    const end = mergeUsage(start, {
      output_tokens: 1,
      server_tool_use: { web_search_requests: 3, web_fetch_requests: 2 },
    });
    // 1 * 4 + 1 * 20 = 24 millionths, and three searches at a cent each: 30,000. Fetches cost their tokens only.
    expect(costOf(end, "claude-opus-5-5", { atMs: NOW }).picoUsd).toBe(30_024e6);
  });
});

describe("caches", () => {
  test("5-minute and 1-hour writes have prices of their own", () => {
    const usage = {
      input_tokens: 100,
      cache_creation_input_tokens: 3_000,
      cache_creation: { ephemeral_5m_input_tokens: 1_000, ephemeral_1h_input_tokens: 2_000 },
      cache_read_input_tokens: 10_000,
      output_tokens: 10,
    };
    // Opus 5: 100 * 5 + 1000 * 6.25 + 2000 * 10 + 10000 * 0.5 + 10 * 25 = 500 + 6250 + 20000 + 5000 + 250 = 32,000.
    expect(micro(usage, "claude-opus-5")).toBe(32_000);
  });

  test("a sum without its split is 5-minute writes, a split without its sum counts too", () => {
    // Opus 5: 1000 * 6.25.
    expect(micro({ cache_creation_input_tokens: 1_000 }, "claude-opus-5")).toBe(6_250);
    // 1000 * 10.
    expect(micro({ cache_creation: { ephemeral_1h_input_tokens: 1_000 } }, "claude-opus-5")).toBe(10_000);
  });

  test("input_tokens is without the cache: nothing is taken off it", () => {
    // Opus 5: 10 * 5 + 90 * 0.5 = 50 + 45.
    expect(micro({ input_tokens: 10, cache_read_input_tokens: 90 }, "claude-opus-5")).toBe(95);
  });
});

describe("iterations", () => {
  test("a compaction is billed beside the message, whose totals leave it out", () => {
    const usage = {
      input_tokens: 23_000,
      output_tokens: 1_000,
      iterations: [
        { type: "compaction", input_tokens: 180_000, output_tokens: 3_500 },
        { type: "message", input_tokens: 23_000, output_tokens: 1_000 },
      ],
    };
    // Opus 5: (180000 + 23000) * 5 + (3500 + 1000) * 25 = 1,015,000 + 112,500.
    expect(micro(usage, "claude-opus-5")).toBe(1_127_500);
    expect(billedTokens(readUsage(usage))).toMatchObject({ inputTokens: 203_000, outputTokens: 4_500 });
  });

  test("after a fallback each entry has the price of its own model", () => {
    const usage = {
      input_tokens: 500,
      output_tokens: 40,
      iterations: [
        { type: "message", model: "claude-fable-5", input_tokens: 500, output_tokens: 10 },
        { type: "fallback_message", model: "claude-opus-4-8", input_tokens: 500, output_tokens: 40 },
      ],
    };
    // Fable 5: 500 * 10 + 10 * 50 = 5500; Opus 4.8: 500 * 5 + 40 * 25 = 3500.
    expect(micro(usage, "claude-opus-4-8")).toBe(9_000);
  });

  test("an adviser of another model counts, an unknown model makes the price incomplete", () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 10,
      iterations: [
        { type: "message", input_tokens: 10, output_tokens: 10 },
        { type: "advisor_message", model: "claude-opus-9", input_tokens: 10, output_tokens: 10 },
      ],
    };
    // Opus 5 alone: 10 * 5 + 10 * 25.
    expect(costOf(readUsage(usage), "claude-opus-5", { atMs: NOW })).toMatchObject({ picoUsd: 300e6, known: false });
  });

  test("iterations of the beginning grow with the totals that come after them", () => {
    const message = { type: "message", input_tokens: 1_000, output_tokens: 1 };
    const start = readUsage({ input_tokens: 1_000, output_tokens: 1, iterations: [message] });
    const end = mergeUsage(mergeUsage(start, { output_tokens: 90 }), { output_tokens: 200, input_tokens: null });
    // Opus 5: 1000 * 5 + 200 * 25 = 10,000 millionths; with the iteration as it was first told it would be 5,025.
    expect(costOf(end, "claude-opus-5", { atMs: NOW }).picoUsd).toBe(10_000e6);
    const declined = { ...message, model: "claude-fable-5", output_tokens: 10 };
    const fallback = { ...message, type: "fallback_message", model: "claude-opus-4-8" };
    const served = readUsage({ input_tokens: 1_000, output_tokens: 1, iterations: [declined, fallback] });
    // Fable 5: 1000 * 10 + 10 * 50 = 10,500; Opus 4.8: 1000 * 5 + 40 * 25 = 6000.
    const whole = mergeUsage(served, { output_tokens: 40 });
    expect(costOf(whole, "claude-opus-4-8", { atMs: NOW }).picoUsd).toBe(16_500e6);
  });

  test("a compaction told at the beginning leaves out the message that follows it", () => {
    const compaction = { type: "compaction", input_tokens: 10_000, output_tokens: 100 };
    const start = readUsage({ input_tokens: 1_000, output_tokens: 1, iterations: [compaction] });
    // Opus 5: 10000 * 5 + 100 * 25 = 52,500 for the compaction; 1000 * 5 + 200 * 25 = 10,000 for the message.
    const end = mergeUsage(mergeUsage(start, { output_tokens: 90 }), { output_tokens: 200 });
    expect(costOf(end, "claude-opus-5", { atMs: NOW }).picoUsd).toBe(62_500e6);
  });

  test("iterations that hold no counts do not make an answer free", () => {
    // Opus 5: 10 * 5 + 2 * 25.
    expect(micro({ input_tokens: 10, output_tokens: 2, iterations: [{ type: "message" }] }, "claude-opus-5")).toBe(100);
  });
});

describe("prices", () => {
  test("the band of a prompt over 100k holds for all of its tokens, cached ones included in its length", () => {
    // Haiku 5.5 over 100k: 50000 * 0.5 + 50001 * 0.05 + 10 * 2.5 = 25000 + 2500.05 + 25.
    const usage = { input_tokens: 50_000, cache_read_input_tokens: 50_001, output_tokens: 10 };
    expect(micro(usage, "claude-haiku-5-5")).toBeCloseTo(27_525.05, 6);
    // One token less, and it is 50000 * 0.1 + 50000 * 0.01 + 10 * 0.5 = 5000 + 500 + 5.
    expect(micro({ ...usage, cache_read_input_tokens: 50_000 }, "claude-haiku-5-5")).toBeCloseTo(5_505, 6);
  });

  test("the price is that of the day it was served, in UTC", () => {
    const usage = { cache_read_input_tokens: 1_000_000 };
    // Sonnet 5.5, reads: 0.20 dollars a million until 6 October 2026, 0.10 from the 7th.
    expect(micro(usage, "claude-sonnet-5-5", Date.UTC(2026, 9, 6, 23, 59, 59))).toBe(200_000);
    expect(micro(usage, "claude-sonnet-5-5", Date.UTC(2026, 9, 7))).toBe(100_000);
  });

  test("a batch is half, searches are not; us-only inference is a tenth more", () => {
    const usage = { input_tokens: 1_000, output_tokens: 100, service_tier: "batch" };
    // Opus 5: (1000 * 5 + 100 * 25) / 2 = 3750.
    expect(micro(usage, "claude-opus-5")).toBe(3_750);
    // And 10,000 for a search.
    expect(micro({ ...usage, server_tool_use: { web_search_requests: 1 } }, "claude-opus-5")).toBe(13_750);
    // 7500 * 1.1.
    expect(micro({ ...usage, service_tier: "standard", inference_geo: "us" }, "claude-opus-5")).toBe(8_250);
  });

  test("the priority tier is paid by commitment: the list price is told, and that it is not the price", () => {
    const usage = readUsage({ input_tokens: 10, service_tier: "priority" });
    expect(costOf(usage, "claude-opus-5", { atMs: NOW })).toMatchObject({ picoUsd: 50e6, known: false });
  });

  test("fast mode has the price of its row, and is told as incomplete without one", () => {
    const usage = readUsage({ input_tokens: 10, output_tokens: 1, speed: "fast" });
    expect(costOf(usage, "claude-opus-5", { atMs: NOW })).toMatchObject({ picoUsd: 75e6, known: false });
    const row = { from: "2026-01-01", input: 30, output: 150, cacheRead: 3, cacheWrite5m: 37.5, cacheWrite1h: 60 };
    const prices = {
      of: () => ({
        id: "claude-opus-5",
        prices: [
          { ...row, input: 5 },
          { ...row, speed: "fast" as const },
        ],
      }),
    };
    const cost = costOf(usage, "claude-opus-5", { atMs: NOW, prices });
    // 10 * 30 + 1 * 150.
    expect(cost).toMatchObject({ picoUsd: 450e6, known: true });
    expect(cost.priceRow === undefined ? "" : priceRowName("claude-opus-5", cost.priceRow)).toBe(
      "claude-opus-5@2026-01-01:fast",
    );
  });

  test("an unknown model costs nothing that anybody could say, and says so", () => {
    expect(costOf(readUsage({ input_tokens: 5 }), "claude-next-9", { atMs: NOW })).toMatchObject({
      picoUsd: 0,
      known: false,
    });
  });
});

describe("bodies", () => {
  test("unknown fields and a usage of nothing are no harm", () => {
    const usage = {
      input_tokens: 3,
      later_tokens: 9,
      cache_creation: { ephemeral_7d_input_tokens: 4 },
      output_tokens: 1,
    };
    // Opus 5: 3 * 5 + 1 * 25.
    expect(micro(usage, "claude-opus-5")).toBe(40);
    expect(micro({ input_tokens: 0, output_tokens: 0 }, "claude-opus-5")).toBe(0);
    expect(micro(undefined, "claude-opus-5")).toBe(0);
  });

  test("counts that cannot be are not believed", () => {
    for (const wrong of [-5, 1e300, Number.NaN, "12", 2 ** 60])
      expect(micro({ input_tokens: wrong }, "claude-opus-5")).toBe(0);
    const most = { input_tokens: 1e10, output_tokens: 1e10, cache_read_input_tokens: 1e10 };
    expect(Number.isSafeInteger(costOf(readUsage(most), "claude-fable-5", { atMs: NOW }).picoUsd)).toBe(true);
  });

  test("the OpenAI dialect's names are the same counts", () => {
    // Opus 5: 7 * 5 + 2 * 25.
    expect(micro({ prompt_tokens: 7, completion_tokens: 2, total_tokens: 9 }, "claude-opus-5")).toBe(85);
  });
});
