// Options of the ledger: bounds and errors, and prices over the built-in table.

import { costOf, readUsage } from "@fairlead/protocol";
import { describe, expect, test } from "vitest";
import { priceTable } from "../ledger/price-table.ts";
import type { Config } from "./config.ts";
import { readConfig } from "./load.ts";
import { ConfigError } from "./problem.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const read = (more: string, project = ""): Config =>
  readConfig(
    `upstreams: [{ name: a, provider: anthropic, api_key: "\${UP}" }]\nprojects: [{ name: p, keys: [${KEY}]${project} }]\n${more}`,
    "/srv/fairlead.yaml",
    { UP: "sk-up-0123456789abcdef" },
  ).config;
const problems = (more: string, project = ""): string[] => {
  try {
    read(more, project);
  } catch (e) {
    if (ConfigError.is(e)) return e.problems.map(({ path, message }) => `${path}: ${message}`);
  }
  return [];
};

describe("ledger", () => {
  test("keeps rows for 400 days and lets 1 GB wait", () => {
    expect(read("").ledger).toEqual({ keep: 400 * 86_400_000, spool: 1_073_741_824 });
    expect(read("ledger: { keep: 30d, spool: 64MB }").ledger).toEqual({ keep: 30 * 86_400_000, spool: 67_108_864 });
  });
  test.each([
    ["ledger: { keep: 1h }", "ledger.keep: must be a time from 1d to 3650d, such as 500ms, 5s or 2m"],
    ["ledger: { spool: 1MB }", "ledger.spool: must be a size from 16MB"],
    ["ledger: { kepe: 30d }", "ledger.kepe: "],
  ])("%s is told", (text, words) => expect(problems(text)[0]).toContain(words));
});

describe("sampling", () => {
  test("is off unless it is written", () => {
    expect(read("").projects[0]?.sampling).toBeUndefined();
    expect(read("", ", sampling: {}").projects[0]?.sampling).toEqual({ rate: 0.01, expire: 7 * 86_400_000 });
    expect(read("", ", sampling: { rate: 0.5, expire: 1h }").projects[0]?.sampling).toEqual({
      rate: 0.5,
      expire: 3_600_000,
    });
  });
  test.each([
    [", sampling: { rate: 2 }", "sampling.rate: must be a number from 0 to 1"],
    [", sampling: { expire: 1000d }", "sampling.expire: must be a time from 1m to 90d"],
  ])("%s is told", (text, words) => expect(problems("", text)[0]).toContain(words));
});

describe("prices", () => {
  const cost = (more: string, usage: object, model: string, day = "2026-11-21") => {
    const { picoUsd, known, priceRow } = costOf(readUsage(usage), model, {
      atMs: Date.parse(day),
      prices: priceTable(read(more).prices),
    });
    return [picoUsd / 1e6, known, priceRow?.from];
  };
  const million = { input_tokens: 1_000_000 };

  test("a model of one's own has the price that is written, the cache by the usual multiples", () => {
    const prices = "prices: [{ model: my-model, input: 2, output: 8 }]";
    expect(cost(prices, million, "my-model")).toEqual([2e6, true, "1970-01-01"]);
    // 0.1, 1.25 and 2 times the input.
    expect(cost(prices, { cache_read_input_tokens: 1_000_000 }, "my-model")[0]).toBe(0.2e6);
    expect(cost(prices, { cache_creation_input_tokens: 1_000_000 }, "my-model")[0]).toBe(2.5e6);
    expect(cost(prices, { cache_creation: { ephemeral_1h_input_tokens: 1_000_000 } }, "my-model")[0]).toBe(4e6);
  });

  test("a price of one's own holds beyond days on which the list changed", () => {
    // The list has a row of 2026-10-07 for this model.
    const prices = "prices: [{ model: claude-sonnet-5-5, from: 2026-08-01, input: 1.5, output: 8 }]";
    expect(cost(prices, million, "claude-sonnet-5-5", "2026-07-31")).toEqual([2e6, true, "1970-01-01"]);
    expect(cost(prices, million, "claude-sonnet-5-5", "2026-11-22")).toEqual([1.5e6, true, "2026-08-01"]);
    const two = `${prices.slice(0, -1)}, { model: claude-sonnet-5-5, from: 2026-09-01, input: 1, output: 8 }]`;
    expect(cost(two, million, "claude-sonnet-5-5", "2026-11-22")).toEqual([1e6, true, "2026-09-01"]);
    // In the other order too.
    const turned = prices.replace("2026-08-01", "2026-11-01").slice(0, -1);
    const late = `${turned}, { model: claude-sonnet-5-5, input: 1, output: 8 }]`;
    expect(cost(late, million, "claude-sonnet-5-5", "2026-11-22")).toEqual([1.5e6, true, "2026-11-01"]);
    expect(cost(late, million, "claude-sonnet-5-5", "2026-10-10")).toEqual([1e6, true, "1970-01-01"]);
  });

  test("a new price of a known model holds from its day on, by any of the model's names", () => {
    const prices = "prices: [{ model: claude-opus-5, from: 2027-01-01, input: 3, output: 15, cache_read: 0.1 }]";
    expect(cost(prices, million, "claude-opus-5", "2026-12-31")[0]).toBe(5e6);
    expect(cost(prices, million, "us.anthropic.claude-opus-5-v1:0", "2027-01-01")).toEqual([3e6, true, "2027-01-01"]);
    expect(cost(prices, { cache_read_input_tokens: 1_000_000 }, "claude-opus-5", "2027-06-01")[0]).toBe(0.1e6);
    expect(cost(prices, million, "claude-opus-4-8")[0]).toBe(5e6);
  });

  test("bands and fast mode have rows of their own", () => {
    const prices = `prices:
  - { model: m, input: 1, output: 1 }
  - { model: m, input: 3, output: 3, prompt_over: 1000 }
  - { model: m, input: 9, output: 9, speed: fast }`;
    expect(cost(prices, { input_tokens: 1_000 }, "m")[0]).toBe(1_000);
    expect(cost(prices, { input_tokens: 1_001 }, "m")[0]).toBe(3_003);
    expect(cost(prices, { input_tokens: 10, speed: "fast" }, "m")).toEqual([90, true, "1970-01-01"]);
  });

  test.each([
    [
      "prices: [{ model: m, input: -1, output: 1 }]",
      "prices[0].input: must be US dollars for a million tokens, 0 to 10000",
    ],
    ["prices: [{ model: m, output: 1 }]", "prices[0].input"],
    ["prices: [{ model: 'a b', input: 1, output: 1 }]", "prices[0].model: must be a model's name"],
    ["prices: [{ model: m, from: tomorrow, input: 1, output: 1 }]", "prices[0].from: must be a day such as 2026-11-21"],
    [
      "prices: [{ model: m, input: 1, output: 1, prompt_over: 0 }]",
      "prices[0].prompt_over: must be a whole number of tokens",
    ],
    ["prices: [{ model: m, input: 1, output: 1, cach_read: 1 }]", "prices[0].cach_read"],
    [
      "prices: [{ model: claude-opus-5, input: 1, output: 1 }, { model: claude-opus-5, input: 2, output: 1 }]",
      "prices[1]: says the same as row 1",
    ],
  ])("%s is told", (text, words) => expect(problems(text)[0]).toContain(words));
});
