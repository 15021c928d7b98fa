// The model table and the names under which a model is found.
import { describe, expect, test } from "vitest";
import { parseDay, parseRfc3339 } from "./dates.ts";
import { findModel, MODELS } from "./models.ts";

describe("findModel", () => {
  test.each([
    ["claude-opus-5-5", "claude-opus-5-5"],
    ["claude-opus-4-5-20251101", "claude-opus-4-5"],
    ["claude-opus-4-5-20991231", "claude-opus-4-5"],
    ["claude-sonnet-4-5@20250929", "claude-sonnet-4-5"],
    ["claude-opus-5@default", "claude-opus-5"],
    ["anthropic.claude-opus-5", "claude-opus-5"],
    ["us.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"],
    ["global.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"],
    ["us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"],
    ["apac.anthropic.claude-sonnet-4-6", "claude-sonnet-4-6"],
    [
      "arn:aws:bedrock:us-east-1:123456789012:inference-profile/eu.anthropic.claude-opus-4-5-20251101-v1:0",
      "claude-opus-4-5",
    ],
    ["anthropic/claude-opus-5", "claude-opus-5"],
    ["publishers/anthropic/models/claude-haiku-5-5", "claude-haiku-5-5"],
    ["claude-sonnet-4-6[1m]", "claude-sonnet-4-6"],
    ["Claude-Opus-4-8", "claude-opus-4-8"],
  ])("%s is %s", (id, expected) => {
    expect(findModel(id)?.id).toBe(expected);
  });

  test.each([
    "",
    "gpt-5",
    "claude-opus-5-6",
    "claude-opus",
    "claude-opus-5-",
    "xclaude-opus-5",
    "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc",
  ])("%s is none", (id) => {
    expect(findModel(id)).toBeUndefined();
  });
});

describe("the table", () => {
  test("has no id twice, and every row makes sense", () => {
    const ids = MODELS.flatMap((model) => [model.id, ...model.aliases]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(MODELS).toHaveLength(18);
    for (const model of MODELS) {
      expect(findModel(model.id)).toBe(model);
      expect(model.maxOutput).toBeLessThan(model.contextWindow);
      expect(parseRfc3339(model.createdAt)).toBeDefined();
      expect(model.prices.length).toBeGreaterThan(0);
      expect(model.thinking.alwaysOn && model.thinking.disabled).toBe(false);
      for (const row of model.prices) {
        expect(parseDay(row.from)).toBeDefined();
        expect(row.cacheRead).toBeLessThan(row.input);
        expect(row.cacheWrite5m).toBeCloseTo(row.input * 1.25, 9);
        expect(row.cacheWrite1h).toBeCloseTo(row.input * 2, 9);
        expect(row.output).toBeCloseTo(row.input * 5, 9);
      }
    }
  });

  test("tells the generations apart", () => {
    expect(findModel("claude-sonnet-4-5")).toMatchObject({
      contextWindow: 200_000,
      maxOutput: 64_000,
      rejectsPrefill: false,
      retiresAt: "2026-11-30",
    });
    expect(findModel("claude-opus-4-6")).toMatchObject({
      contextWindow: 1_000_000,
      rejectsPrefill: true,
      thinking: { adaptive: true, enabled: true },
    });
    expect(findModel("claude-opus-4-7")).toMatchObject({
      thinking: { enabled: false, disabled: true },
      takesNewVersionOnBedrock: true,
    });
    expect(findModel("claude-opus-5-5")).toMatchObject({ thinking: { alwaysOn: true } });
    expect(findModel("claude-fable-5")?.thinking.disabled).toBe(false);
  });
});
