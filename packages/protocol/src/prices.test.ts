// Prices: whole pico-dollars, dated rows, the second band, the factors.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findModel, MODELS } from "./models.ts";
import { costOf, formatUsd, priceAt } from "./prices.ts";
import { NO_USAGE, readUsage, type Usage } from "./usage.ts";

const NOW = Date.UTC(2026, 10, 21);
const usage = (part: Partial<Usage>): Usage => ({ ...NO_USAGE, ...part });
const pico = (part: Partial<Usage>, model: string, more: object = {}): number =>
  costOf(usage(part), model, { atMs: NOW, ...more }).picoUsd;
const MILLION = 1_000_000;

describe("costOf", () => {
  test("prices every kind of token by the table", () => {
    const kinds: [keyof Usage, number][] = [
      ["inputTokens", 4],
      ["cacheWrite5mTokens", 5],
      ["cacheWrite1hTokens", 8],
      ["cacheReadTokens", 0.2],
      ["outputTokens", 20],
    ];
    for (const [kind, usd] of kinds) expect(pico({ [kind]: MILLION }, "claude-opus-5-5")).toBe(usd * 1e12);
    expect(pico({ inputTokens: 1 }, "claude-haiku-5-5")).toBe(100_000);
    expect(pico({ cacheWrite5mTokens: 1 }, "claude-haiku-5-5")).toBe(125_000);
    expect(pico({ outputTokens: 10, thinkingTokens: 8 }, "claude-opus-5")).toBe(10 * 25e6);
  });

  test("the price of a prompt over 100k is another, for all of its tokens", () => {
    expect(pico({ inputTokens: 100_000, outputTokens: 10 }, "claude-haiku-5-5")).toBe(100_000 * 100_000 + 10 * 500_000);
    expect(pico({ inputTokens: 100_001, outputTokens: 10 }, "claude-haiku-5-5")).toBe(
      100_001 * 500_000 + 10 * 2_500_000,
    );
    expect(pico({ inputTokens: 1, cacheReadTokens: 100_000 }, "claude-haiku-5-5")).toBe(500_000 + 100_000 * 50_000);
  });

  test("takes the price of the day", () => {
    const at = (ms: number) => costOf(usage({ cacheReadTokens: MILLION }), "claude-sonnet-5-5", { atMs: ms }).picoUsd;
    expect(at(Date.UTC(2026, 9, 6, 23, 59, 59, 999))).toBe(0.2e12);
    expect(at(Date.UTC(2026, 9, 7))).toBe(0.1e12);
  });

  test("a newer row wins over an older band, and the first row serves days before it", () => {
    const model = findModel("claude-haiku-5-5");
    if (model === undefined) throw new Error("no model");
    const [base, band] = model.prices;
    if (base === undefined || band === undefined) throw new Error("no rows");
    const newer = { ...base, from: "2027-01-01", input: 7 };
    expect(priceAt({ ...model, prices: [base, band, newer] }, "2027-01-01", 200_000)).toBe(newer);
    expect(priceAt({ ...model, prices: [base, band, newer] }, "2026-12-31", 200_000)).toBe(band);
    expect(priceAt({ ...model, prices: [newer] }, "2026-12-31", 5)).toBe(newer);
  });

  test("halves a batch, adds a tenth for a place, and leaves web searches at full price", () => {
    const part = { inputTokens: 3, webSearchRequests: 2 };
    expect(pico(part, "claude-opus-5")).toBe(15_000_000 + 2e10);
    expect(pico(part, "claude-opus-5", { batch: true })).toBe(7_500_000 + 2e10);
    expect(pico({ ...part, serviceTier: "batch" }, "claude-opus-5")).toBe(7_500_000 + 2e10);
    expect(pico(part, "claude-opus-5", { regional: true })).toBe(16_500_000 + 2e10);
    expect(pico(part, "claude-opus-5", { dataResidencyUs: true, batch: true })).toBe(8_250_000 + 2e10);
    expect(pico({ ...part, inferenceGeo: "us" }, "claude-opus-5")).toBe(16_500_000 + 2e10);
    expect(pico({ ...part, inferenceGeo: "global" }, "claude-opus-5")).toBe(15_000_000 + 2e10);
  });

  test("prices each iteration by its own model", () => {
    const read = readUsage({
      input_tokens: 10,
      output_tokens: 5,
      iterations: [
        { type: "message", model: "claude-fable-5", input_tokens: 10, output_tokens: 0 },
        { type: "fallback_message", model: "claude-opus-4-8", input_tokens: 10, output_tokens: 5 },
        { type: "message", input_tokens: 1, output_tokens: 0 },
      ],
    });
    const cost = costOf(read, "claude-fable-5", { atMs: NOW });
    expect(cost.picoUsd).toBe(10 * 10e6 + 10 * 5e6 + 5 * 25e6 + 10e6);
    expect(cost.known).toBe(true);
  });

  test("says what it does not know", () => {
    expect(costOf(usage({ inputTokens: 5 }), "gpt-5", { atMs: NOW })).toEqual({
      picoUsd: 0,
      known: false,
      priceRow: undefined,
    });
    expect(costOf(usage({ inputTokens: 5, speed: "fast" }), "claude-opus-5", { atMs: NOW })).toMatchObject({
      picoUsd: 25e6,
      known: false,
    });
  });

  test("is a whole safe number, and more tokens never cost less", () => {
    const count = fc.nat(2 * MILLION);
    fc.assert(
      fc.property(
        fc.constantFrom(...MODELS),
        count,
        count,
        count,
        fc.boolean(),
        fc.boolean(),
        (model, input, read, output, batch, regional) => {
          const one = pico({ inputTokens: input, cacheReadTokens: read, outputTokens: output }, model.id, {
            batch,
            regional,
          });
          const more = pico({ inputTokens: input + 1, cacheReadTokens: read, outputTokens: output }, model.id, {
            batch,
            regional,
          });
          expect(Number.isSafeInteger(one)).toBe(true);
          expect(more).toBeGreaterThan(one);
        },
      ),
    );
  });
});

describe("formatUsd", () => {
  test.each([
    [0, "$0.00"],
    [12.344e12, "$12.34"],
    [1e12, "$1.00"],
    [0.5e12, "$0.50"],
    [0.0031e12, "$0.0031"],
    [0.00123456e12, "$0.0012"],
    [126_000, "$0.00000013"],
    [1, "$0.000000000001"],
    [-2e12, "-$2.00"],
  ])("%d is %s", (amount, expected) => {
    expect(formatUsd(amount)).toBe(expected);
  });
});
