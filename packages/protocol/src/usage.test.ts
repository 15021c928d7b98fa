// Usage: tolerant reading, cumulative merging, the sums.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limitedInput, mergeUsage, NO_USAGE, printUsage, readUsage, totalInput, type Usage } from "./usage.ts";

describe("readUsage", () => {
  test("reads every field", () => {
    const usage = readUsage({
      input_tokens: 10,
      cache_creation_input_tokens: 30,
      cache_read_input_tokens: 40,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens: 50,
      output_tokens_details: { thinking_tokens: 6 },
      server_tool_use: { web_search_requests: 7, web_fetch_requests: 8 },
      service_tier: "standard",
      speed: "fast",
      inference_geo: "us",
      iterations: [{ type: "message", model: "claude-opus-5", input_tokens: 1, output_tokens: null }, null, 5],
    });
    expect(usage).toEqual({
      inputTokens: 10,
      cacheWrite5mTokens: 10,
      cacheWrite1hTokens: 20,
      cacheReadTokens: 40,
      outputTokens: 50,
      thinkingTokens: 6,
      webSearchRequests: 7,
      webFetchRequests: 8,
      serviceTier: "standard",
      speed: "fast",
      inferenceGeo: "us",
      iterations: [
        {
          type: "message",
          model: "claude-opus-5",
          inputTokens: 1,
          cacheWrite5mTokens: 0,
          cacheWrite1hTokens: 0,
          cacheReadTokens: 0,
          outputTokens: 0,
        },
      ],
    });
    expect(totalInput(usage)).toBe(80);
    expect(limitedInput(usage)).toBe(40);
  });

  test("counts a sum without its split as 5-minute writes", () => {
    expect(readUsage({ cache_creation_input_tokens: 9 }).cacheWrite5mTokens).toBe(9);
    expect(readUsage({ cache_creation_input_tokens: 9, cache_creation: null }).cacheWrite5mTokens).toBe(9);
    expect(
      readUsage({ cache_creation_input_tokens: 9, cache_creation: { ephemeral_1h_input_tokens: 4 } }),
    ).toMatchObject({
      cacheWrite5mTokens: 5,
      cacheWrite1hTokens: 4,
    });
  });

  test("tolerates anything", () => {
    for (const raw of [
      null,
      undefined,
      3,
      "x",
      [],
      {},
      { input_tokens: "4", output_tokens: -1, cache_read_input_tokens: Number.NaN },
    ]) {
      expect(readUsage(raw)).toEqual(NO_USAGE);
    }
    fc.assert(
      fc.property(fc.anything(), (raw) => {
        const usage = readUsage(raw);
        for (const value of [usage.inputTokens, usage.outputTokens, totalInput(usage)])
          expect(value).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("mergeUsage", () => {
  test("overwrites and never adds; null and absent keep what was known", () => {
    const start = readUsage({
      input_tokens: 25,
      cache_read_input_tokens: 7,
      output_tokens: 1,
      service_tier: "standard",
    });
    const once = mergeUsage(start, { output_tokens: 15, input_tokens: null });
    expect(once).toMatchObject({ inputTokens: 25, cacheReadTokens: 7, outputTokens: 15, serviceTier: "standard" });
    expect(mergeUsage(once, { output_tokens: 15 })).toEqual(once);
    expect(mergeUsage(once, { output_tokens: 20, input_tokens: 30, cache_read_input_tokens: 0 })).toMatchObject({
      inputTokens: 30,
      cacheReadTokens: 0,
      outputTokens: 20,
    });
    expect(mergeUsage(start, null)).toBe(start);
  });

  test("a repeated sum does not count 1-hour writes twice", () => {
    const start = readUsage({
      cache_creation_input_tokens: 100,
      cache_creation: { ephemeral_1h_input_tokens: 60, ephemeral_5m_input_tokens: 40 },
    });
    expect(mergeUsage(start, { cache_creation_input_tokens: 100, output_tokens: 3 })).toEqual({
      ...start,
      outputTokens: 3,
    });
  });

  test("merging the same twice changes nothing, and printing is the inverse of reading", () => {
    const count = fc.nat(1_000_000);
    const usage: fc.Arbitrary<Usage> = fc.record({
      inputTokens: count,
      cacheWrite5mTokens: count,
      cacheWrite1hTokens: count,
      cacheReadTokens: count,
      outputTokens: count,
      thinkingTokens: count,
      webSearchRequests: count,
      webFetchRequests: count,
      serviceTier: fc.constant("batch"),
    });
    fc.assert(
      fc.property(usage, usage, (before, after) => {
        expect(readUsage(printUsage(after))).toEqual(after);
        const merged = mergeUsage(before, printUsage({ ...after, webSearchRequests: 1 }));
        expect(mergeUsage(merged, printUsage({ ...after, webSearchRequests: 1 }))).toEqual(merged);
        expect(merged.outputTokens).toBe(after.outputTokens);
      }),
    );
  });
});
