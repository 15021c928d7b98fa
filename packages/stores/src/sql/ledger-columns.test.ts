// Tests of what a row must be to be kept: the same for every column, whichever way it is looked at.

import { describe, expect, test } from "vitest";
import { madeRow } from "../conformance/index.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { cleanRows, ROW_COLUMNS } from "./ledger-columns.ts";

const withField = (field: string, value: unknown): LedgerRow =>
  ({ ...madeRow("att_1"), [field]: value }) as unknown as LedgerRow;
const cleaned = (field: string, value: unknown): unknown =>
  (cleanRows([withField(field, value)])[0] as unknown as Record<string, unknown>)[field];

test("a good row is kept as it is, and not copied", () => {
  const row = madeRow("att_1");
  expect(cleanRows([row])[0]).toBe(row);
});

describe.each(ROW_COLUMNS)("$field", ({ field, kind, max }) => {
  test("of another type is refused by name", () => {
    const wrong =
      kind === "text" ? [1, true, {}] : kind === "int" ? ["1", true, -1, Number.NaN, 2 ** 60, {}] : [0, 1, "true"];
    for (const value of wrong) expect(() => cleanRows([withField(field, value)])).toThrow(field);
  });

  if (kind !== "text" || field === "attemptId") return;
  test("is cut to its length, and holds nothing that a database refuses", () => {
    expect(cleaned(field, "x".repeat(max))).toBe("x".repeat(max));
    expect(cleaned(field, "x".repeat(max + 1))).toBe("x".repeat(max));
    expect(cleaned(field, "a\0b")).toBe("a\ufffdb");
    expect(cleaned(field, "a\ud800b")).toBe("a\ufffdb");
  });
});

test("times are rounded, other counts with a fraction are refused", () => {
  expect(cleaned("endMs", 1.6)).toBe(2);
  expect(() => cleaned("outputTokens", 1.6)).toThrow("outputTokens");
});

test("corrections may take off what was estimated too high, and nothing else may be negative", () => {
  const correction = { ...madeRow("att_1"), ended: "correction", outputTokens: -5, picoUsd: -5 } as const;
  expect(cleanRows([correction])).toEqual([correction]);
  expect(() => cleanRows([{ ...correction, ended: "whole" }])).toThrow("outputTokens");
});
