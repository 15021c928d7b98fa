// Prices of one's own beside the listed ones: each holds from its day on.

import { priceAt } from "@fairlead/protocol";
import { expect, test } from "vitest";
import { priceTable } from "./price-table.ts";

const MODEL = "claude-sonnet-5-5";
const row = { model: MODEL, output: 50, cacheRead: 1, cacheWrite5m: 1, cacheWrite1h: 1 };
const inputAt = (table: ReturnType<typeof priceTable>, day: string, tokens: number) => {
  const own = table.of(MODEL);
  return own === undefined ? undefined : priceAt(own, day, tokens).input;
};

test("a price for long prompts holds beyond the days of the list", () => {
  const table = priceTable([
    { ...row, from: "1970-01-01", input: 6, promptOver: 200_000 },
    { ...row, from: "2026-11-01", input: 7, promptOver: 200_000 },
  ]);
  expect(inputAt(table, "2026-09-01", 300_000)).toBe(6);
  expect(inputAt(table, "2026-10-20", 300_000)).toBe(6);
  expect(inputAt(table, "2026-11-20", 300_000)).toBe(7);
  expect(inputAt(table, "2026-11-20", 1_000)).toBe(2);
});

test("a price for all prompts ends an older one for long prompts", () => {
  const table = priceTable([
    { ...row, from: "2026-01-01", input: 6, promptOver: 200_000 },
    { ...row, from: "2026-09-01", input: 3 },
  ]);
  expect(inputAt(table, "2026-08-20", 300_000)).toBe(6);
  expect(inputAt(table, "2026-11-20", 300_000)).toBe(3);
});
