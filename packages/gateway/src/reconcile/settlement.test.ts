// What is booked over estimates: exact sums, each project its part, and what is refused.

import { costOf, LISTED_PRICES, readUsage } from "@fairlead/protocol";
import { type LedgerRow, memoryLedger } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { settleLedger } from "./booking.ts";
import { gatherReport, type ProviderReport, type ReportedUsage } from "./provider-report.ts";
import { divided, type SettlementOptions, Settler } from "./settlement.ts";

const MINUTE = 60_000;
const AT = Date.UTC(2026, 10, 20, 10);
const MODEL = "claude-opus-5";

const row = (id: string, input: number, output: number, more: Partial<LedgerRow> = {}): LedgerRow => {
  const usage = readUsage({ input_tokens: input, output_tokens: output });
  const model = more.modelServed ?? MODEL;
  return madeRow(id, {
    ...{ at: AT + 1_000, modelServed: model, inputTokens: input, outputTokens: output },
    picoUsd: costOf(usage, model, { atMs: AT }).picoUsd,
    ...more,
  });
};
const guess = (id: string, input: number, output: number, more: Partial<LedgerRow> = {}) =>
  row(id, input, output, { estimated: true, ended: "crashed", ...more });
const told = (input: number, output: number, more: Partial<ReportedUsage> = {}): ReportedUsage => ({
  ...{ at: AT, model: MODEL, key: undefined, input, write5m: 0, write1h: 0, read: 0, output, searches: 0 },
  ...more,
});
const report = (...usage: ReportedUsage[]): ProviderReport => ({
  ...{ usage, cost: [], from: AT, to: AT + 60 * MINUTE, width: MINUTE, covered: [[AT, AT + 60 * MINUTE]] },
});
const settle = (rows: readonly LedgerRow[], from: ProviderReport, more: Partial<SettlementOptions> = {}) => {
  const options = { width: MINUTE, keys: undefined, prices: LISTED_PRICES, before: AT + 60 * MINUTE, most: 3, ...more };
  const settler = new Settler(from, options);
  for (const one of rows) settler.add(one);
  return settler.settle();
};

describe("what is booked", () => {
  it("is the difference, divided by the estimates, with what it costs", () => {
    const rows = [
      row("a", 1_000, 100),
      guess("b", 300, 100, { project: "web" }),
      guess("c", 100, 0, { project: "ci", keyId: "k_2", actor: "service:build" }),
    ];
    // Beyond the settled row: 440 in, 60 out. 440 by 300 : 100 are 330 and 110; all of the output is of the one that had some.
    const { corrections, refused } = settle(rows, report(told(1_440, 160)));
    expect(refused).toEqual([]);
    expect(corrections).toMatchObject([
      // Opus 5: 30 * 5 - 40 * 25 = -850 millionths.
      { project: "web", inputTokens: 30, outputTokens: -40, picoUsd: -850e6, ended: "correction", estimated: false },
      // 10 * 5 = 50.
      { project: "ci", keyId: "k_2", actor: "service:build", inputTokens: 10, outputTokens: 0, picoUsd: 50e6 },
    ]);
    expect(corrections.every(({ at }) => at === AT)).toBe(true);
  });

  it("is the same, with the same ids, whoever works it out, and nothing when it is booked", () => {
    const rows = [row("a", 10, 10), guess("b", 100, 30)];
    const first = settle(rows, report(told(130, 60))).corrections;
    expect(settle([...rows].reverse(), report(told(130, 60))).corrections).toEqual(first);
    expect(settle([...rows, ...first], report(told(130, 60)))).toEqual({ corrections: [], refused: [] });
  });

  it("follows a report that says something else later", () => {
    const rows = [guess("b", 100, 30)];
    const first = settle(rows, report(told(130, 60))).corrections;
    const later = settle([...rows, ...first], report(told(120, 61))).corrections;
    expect(later).toMatchObject([{ inputTokens: -10, outputTokens: 1 }]);
    expect(later[0]?.attemptId).not.toBe(first[0]?.attemptId);
    expect(settle([...rows, ...first, ...later], report(told(120, 61))).corrections).toEqual([]);
    // And back to what it said first: another row, not one that is there already.
    const back = settle([...rows, ...first, ...later], report(told(130, 60))).corrections;
    expect(first.map(({ attemptId }) => attemptId)).not.toContain(back[0]?.attemptId);
  });

  it("takes an estimate off again that nobody billed", () => {
    // 200 * 5 + 7 * 25 = 1175 millionths.
    expect(settle([row("a", 10, 10), guess("b", 200, 7)], report(told(10, 10))).corrections).toMatchObject([
      { inputTokens: -200, outputTokens: -7, picoUsd: -1_175e6 },
    ]);
  });

  it("adds up to the report exactly, whatever the counts are", () => {
    const count = fc.nat(20_000);
    const some = fc.record({
      input: count,
      output: count,
      project: fc.constantFrom("a", "b", "c"),
      estimated: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 12 }), count, count, (made, moreIn, moreOut) => {
        const rows = made.map(({ input, output, project, estimated }, n) =>
          estimated ? guess(`r${n}`, input, output, { project }) : row(`r${n}`, input, output, { project }),
        );
        const sum = (of: readonly LedgerRow[], field: "inputTokens" | "outputTokens" | "picoUsd") =>
          of.reduce((all, one) => all + one[field], 0);
        const settled = rows.filter((one) => !one.estimated);
        const want = told(sum(settled, "inputTokens") + moreIn, sum(settled, "outputTokens") + moreOut);
        const { corrections, refused } = settle(rows, report(want), { most: 1_000 });
        const all = [...rows, ...corrections];
        if (refused.length > 0) return corrections.length === 0;
        const usage = readUsage({ input_tokens: want.input, output_tokens: want.output });
        expect(sum(all, "inputTokens")).toBe(want.input);
        expect(sum(all, "outputTokens")).toBe(want.output);
        expect(sum(all, "picoUsd")).toBe(costOf(usage, MODEL, { atMs: AT }).picoUsd);
        return true;
      }),
    );
  });
});

describe("what is refused", () => {
  const why = (rows: readonly LedgerRow[], from: ProviderReport, more: Partial<SettlementOptions> = {}) => {
    const { corrections, refused } = settle(rows, from, more);
    expect(corrections).toEqual([]);
    return refused.map((one) => one.why).join();
  };

  it("a bucket without estimates, and a model that the ledger does not have", () => {
    expect(why([row("a", 10, 10)], report(told(11, 10)))).toContain("no row of it is an estimate");
    expect(why([guess("a", 10, 10)], report(told(10, 10), told(5, 5, { model: "claude-sonnet-5" })))).toContain(
      "no row",
    );
  });

  it("a report that has less than the settled rows, or more than estimates explain", () => {
    expect(why([row("a", 100, 10), guess("b", 10, 10)], report(told(99, 20)))).toContain("settled rows alone have 100");
    // 3 * 110 and 1,000 besides.
    expect(why([guess("a", 100, 10)], report(told(1_321, 10)))).toContain("explain 1330 at most (--most)");
    expect(settle([guess("a", 100, 10)], report(told(1_320, 10))).corrections).toHaveLength(1);
    expect(why([guess("a", 100, 10)], report(told(100, 130_000)), { most: 1e6 })).toContain("cannot have used so much");
  });

  it("a bucket that the report does not have: it is no word that nothing was used", () => {
    const hour = (n: number, ...results: object[]) => ({
      starting_at: new Date(AT + n * 60 * MINUTE).toISOString(),
      ending_at: new Date(AT + (n + 1) * 60 * MINUTE).toISOString(),
      results,
    });
    const usage = { model: MODEL, uncached_input_tokens: 120, output_tokens: 10 };
    const costs = {
      data: [{ ...hour(-10), ending_at: hour(13).ending_at, results: [{ amount: "1", currency: "USD" }] }],
    };
    const rows = [0, 1, 2, 5].map((n) => guess(`h${n}`, 100, 10, { at: AT + n * 60 * MINUTE }));
    const options = { width: 60 * MINUTE, before: AT + 1e9 };
    // The page between them is missing, and the costs are of a whole day.
    const pages = [{ data: [hour(0, usage)] }, { data: [hour(2, usage)] }, costs].map((page) => [page, "it"] as const);
    const { corrections, refused } = settle(rows, gatherReport(pages), options);
    expect(corrections).toMatchObject([
      { at: AT, inputTokens: 20 },
      { at: AT + 120 * MINUTE, inputTokens: 20 },
    ]);
    expect(refused.map(({ at }) => (at - AT) / MINUTE)).toEqual([60, 300]);
    expect(refused[0]?.why).toContain("the report does not have all of this bucket");
    // Hours of a day are not the day.
    expect(settle(rows, gatherReport(pages), { ...options, width: 1_440 * MINUTE }).corrections).toEqual([]);
  });

  it("a time that was settled by longer buckets", async () => {
    const day = 1_440 * MINUTE;
    const midnight = AT - 600 * MINUTE;
    const ledger = memoryLedger();
    await ledger.append([guess("a", 100, 10), row("b", 7, 7)]);
    const use = { model: MODEL, uncached_input_tokens: 137, output_tokens: 27 };
    const iso = (at: number) => new Date(at).toISOString();
    const asked = (from: number, width: number) =>
      gatherReport([[{ data: [{ starting_at: iso(from), ending_at: iso(from + width), results: [use] }] }, "it"]]);
    const options = { keys: undefined, prices: LISTED_PRICES, before: AT + 1e9, most: 3, dryRun: false };
    expect(await settleLedger(ledger, asked(midnight, day), { ...options, width: day })).toMatchObject({ booked: 1 });
    // The correction stands at midnight, before all that this report is about.
    const narrow = await settleLedger(ledger, asked(AT, 60 * MINUTE), { ...options, width: 60 * MINUTE });
    expect(narrow).toMatchObject({ booked: 0, corrections: [], refused: [{ at: AT }] });
    expect(narrow.refused[0]?.why).toContain("--by day");
    expect(await settleLedger(ledger, asked(midnight, day), { ...options, width: day })).toMatchObject({ booked: 0 });
  });

  it("a bucket that may still grow", () => {
    expect(why([guess("a", 100, 10)], report(told(101, 10)), { before: AT + MINUTE - 1 })).toContain("too new");
    expect(settle([guess("a", 100, 10)], report(told(101, 10)), { before: AT + MINUTE }).corrections).toHaveLength(1);
  });

  it("an estimate that has another price than the list", () => {
    expect(why([guess("a", 100, 10, { picoUsd: 5 })], report(told(101, 10)))).toContain("--config");
  });

  it("one bucket does not keep back another, and other keys are nobody's business", () => {
    const rows = [row("a", 10, 10), guess("b", 10, 10, { at: AT + MINUTE }), guess("c", 5, 5, { upstream: "tokyo" })];
    const from = report(
      told(11, 10, { key: "k1" }),
      told(12, 10, { at: AT + MINUTE, key: "k1" }),
      told(500, 500, { key: "theirs" }),
    );
    const { corrections, refused } = settle(rows, from, { keys: new Map([["k1", "anthropic"]]) });
    expect(refused).toMatchObject([{ at: AT, upstream: "anthropic" }]);
    expect(corrections).toMatchObject([{ at: AT + MINUTE, inputTokens: 2, upstream: "anthropic" }]);
  });
});

it("divides whole numbers without losing one", () => {
  expect(divided(10, [1, 1, 1])).toEqual([4, 3, 3]);
  expect(divided(2, [0, 0, 0])).toEqual([1, 1, 0]);
  expect(divided(0, [5])).toEqual([0]);
  fc.assert(
    fc.property(fc.nat(1e9), fc.array(fc.nat(1e9), { minLength: 1, maxLength: 20 }), (amount, weights) => {
      const parts = divided(amount, weights);
      expect(parts.reduce((a, b) => a + b, 0)).toBe(amount);
      expect(parts.every((one) => one >= 0)).toBe(true);
    }),
  );
});
