// Tests of the price of a move, by hand-reckoned prices, and of the choice between waiting and moving.

import { utcMs } from "@fairlead/protocol";
import { expect, test } from "vitest";
import { movePrice, stayOrMove } from "./move-price.ts";

const NOW = utcMs(2026, 11, 21);

test("is what writing costs more than reading", () => {
  // Opus 5.5: write 5, read 0.20 dollars per million tokens.
  expect(movePrice("claude-opus-5-5", 100_000, NOW).usd).toBeCloseTo(0.48, 9);
  // Sonnet 4.6: 3.75 and 0.30; one-hour entries 6.
  expect(movePrice("claude-sonnet-4-6", 1_000_000, NOW).usd).toBeCloseTo(3.45, 9);
  expect(movePrice("claude-sonnet-4-6", 1_000_000, NOW, undefined, true).usd).toBeCloseTo(5.7, 9);
});

test("knows the price of the day and of long prompts", () => {
  // Sonnet 5.5: reads cost 0.20 until 2026-10-07, 0.10 since; writes 2.5.
  expect(movePrice("claude-sonnet-5-5", 1_000_000, utcMs(2026, 10, 6)).usd).toBeCloseTo(2.3, 9);
  expect(movePrice("claude-sonnet-5-5", 1_000_000, NOW).usd).toBeCloseTo(2.4, 9);
  // Haiku 5.5: 0.125 and 0.01 up to 100k tokens, 0.625 and 0.05 above.
  expect(movePrice("claude-haiku-5-5", 100_000, NOW).usd).toBeCloseTo(0.0115, 9);
  expect(movePrice("claude-haiku-5-5", 200_000, NOW).usd).toBeCloseTo(0.115, 9);
});

test("is nothing for nothing cached, and not known for unknown models", () => {
  expect(movePrice("claude-opus-5-5", 0, NOW)).toEqual({ tokens: 0, usd: 0, known: true, bound: undefined });
  expect(movePrice("claude-opus-5-5", -5, NOW)).toMatchObject({ tokens: 0, usd: 0 });
  expect(movePrice("gpt", 9_000, NOW, "why")).toEqual({ tokens: 9_000, usd: 0, known: false, bound: "why" });
  expect(movePrice(undefined, 9_000, NOW).known).toBe(false);
});

test("stays while the wait is worth no more than the move, and always when it cannot move", () => {
  const price = movePrice("claude-opus-5-5", 100_000, NOW);
  const second = 60 / 3_600;
  expect(stayOrMove(28_000, price, second)).toBe("stay");
  expect(stayOrMove(29_000, price, second)).toBe("move");
  expect(stayOrMove(3_600_000, { ...price, bound: "signed thinking" }, second)).toBe("stay");
  expect(stayOrMove(0, { ...price, usd: 0 }, second)).toBe("stay");
  expect(stayOrMove(1, { ...price, usd: 0 }, second)).toBe("move");
  expect(stayOrMove(1e9, price, 0)).toBe("stay");
});
