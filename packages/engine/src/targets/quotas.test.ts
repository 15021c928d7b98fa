// Tests of the quotas: which models share one, what the headers of any provider teach, and that names take no room.

import { rawGet, readRateLimits } from "@fairlead/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { target } from "../../testing/exchange.ts";
import { readOptions } from "../options.ts";
import { QUOTA_OPTIONS, Quotas, quotaClass, readLimits } from "./quotas.ts";

const options = readOptions("quota", QUOTA_OPTIONS, { ramp_start: 1 });
const cost = { requests: 1, input: 1_000, output: 500 };
const a = target("a", { account: "one" });
const b = target("b", { account: "one" });
const other = target("other", { account: "two" });

const headers = (remaining: number) => [
  "Content-Type",
  "application/json",
  "Anthropic-Ratelimit-Requests-Limit",
  "60",
  "anthropic-ratelimit-requests-remaining",
  String(remaining),
  "anthropic-ratelimit-requests-reset",
  "2026-11-21T10:00:30Z",
  "anthropic-ratelimit-unified-status",
  "allowed",
];

describe("classes of models", () => {
  test.each([
    ["claude-opus-4-8", "claude-opus-4"],
    ["claude-opus-4-5-20251101", "claude-opus-4"],
    ["us.anthropic.claude-opus-4-6-v1:0", "claude-opus-4"],
    ["claude-opus-4-20250514", "claude-opus-4"],
    ["claude-sonnet-4-5@20250929", "claude-sonnet-4"],
    ["claude-sonnet-4-6[1m]", "claude-sonnet-4"],
    ["claude-haiku-4-5-20251001", "claude-haiku-4-5"],
    ["claude-opus-5", "claude-opus-5"],
    ["claude-opus-5-5", "claude-opus-5-5"],
    ["claude-sonnet-45", "claude-sonnet-45"],
    ["my-deployment", "my-deployment"],
  ])("%s draws on %s", (model, kind) => {
    expect(quotaClass(model)).toBe(kind);
  });
});

test("targets of one account share a quota for models of one class, and only those", () => {
  const quotas = new Quotas(options);
  const quota = quotas.of(a, "claude-opus-4-8");
  expect(quotas.of(b, "claude-opus-4-5")).toBe(quota);
  expect(quotas.of(a, "claude-opus-5")).not.toBe(quota);
  expect(quotas.of(other, "claude-opus-4-8")).not.toBe(quota);
});

test("an alias draws on the quota of the model that the target knows it by", () => {
  const quotas = new Quotas(options);
  const aliased = target("c", { account: "one", modelName: () => "claude-opus-4-8" });
  expect(quotas.of(aliased, "fast")).toBe(quotas.of(a, "claude-opus-4-8"));
});

test("learns from an answer's headers, whatever their case, with the answer's own request in what remains", () => {
  const quotas = new Quotas(options);
  const reservation = quotas.of(a, "m").reserve(0, cost);
  if (reservation === undefined) throw new Error("no room");
  quotas.learn(a, "m", headers(2), 0, reservation);
  expect(quotas.of(b, "m").states(0)).toMatchObject([{ dimension: "requests", limit: 60, room: 2, pending: 0 }]);
  expect(quotas.waitMs(b, "m", 0, { ...cost, requests: 3 })).toBe(1_000);
  expect(quotas.waitMs(other, "m", 0, cost)).toBe(0);
});

test("reads the limits as the protocol room's reader does, whatever the values", () => {
  const names = ["requests", "input-tokens", "output-tokens", "tokens"];
  const kinds = ["requests", "inputTokens", "outputTokens", "tokens"] as const;
  const value = fc.oneof(
    fc.nat().map(String),
    fc.constantFrom("", " 70 ", "-1", "1.5", "x", "1234567890123456"),
    fc.string({ maxLength: 4 }),
  );
  const pair = fc.tuple(
    fc.constantFrom(
      ...names.flatMap((name) => ["limit", "remaining", "reset"].map((end) => `anthropic-ratelimit-${name}-${end}`)),
      "anthropic-ratelimit-unified-5h-limit",
      "anthropic-ratelimit-constructor-limit",
      "anthropic-ratelimit-limit",
      "x-ratelimit-limit-requests",
    ),
    value,
  );
  fc.assert(
    fc.property(fc.uniqueArray(pair, { selector: ([name]) => name }), fc.boolean(), (pairs, upper) => {
      const raw = pairs.flatMap(([name, text]) => [upper ? name.toUpperCase() : name, text]);
      const general = readRateLimits((name) => rawGet(raw, name));
      const ours = readLimits(raw);
      for (const kind of kinds) {
        expect(ours?.[kind]?.limit).toBe(general[kind]?.limit);
        expect(ours?.[kind]?.remaining).toBe(general[kind]?.remaining);
      }
    }),
  );
});

test("headers without limits teach nothing and make no quota", () => {
  const quotas = new Quotas(options);
  quotas.learn(a, "m", ["x-amzn-requestid", "1", "anthropic-organization-id", "o", "a"], 0);
  expect(quotas.size).toBe(0);
});

test("a 429 shuts the account for the class, and gives the reservation back", () => {
  const quotas = new Quotas(options);
  const reservation = quotas.of(a, "m").reserve(0, cost);
  quotas.refused(a, "m", headers(0), 0, 4_000, reservation);
  expect(quotas.waitMs(b, "m", 0, cost)).toBe(4_000);
  expect(quotas.waitMs(a, "other", 0, cost)).toBe(0);
  expect(quotas.of(a, "m").inFlight).toBe(0);
  expect(quotas.waitMs(a, "m", 4_000, cost)).toBe(0);
});

test("configured limits hold before any answer; an account's own go before those of the options", () => {
  const given = readOptions("quota", QUOTA_OPTIONS, { rpm: 60, otpm: 6_000, ramp_start: 1 });
  const quotas = new Quotas(given, (at, kind) =>
    at.account === "two" && kind === "m" ? { requests: 600 } : undefined,
  );
  const limits = (one: typeof a, model: string) =>
    Object.fromEntries(
      quotas
        .of(one, model)
        .states(0)
        .map((state) => [state.dimension, state.limit]),
    );
  expect(limits(a, "m")).toEqual({ requests: 60, output: 6_000 });
  expect(limits(other, "m")).toEqual({ requests: 600, output: 6_000 });
  expect(limits(other, "n")).toEqual({ requests: 60, output: 6_000 });
});

test("quotas are bounded: idle ones go first, the longest unused of them, and one in flight stays usable", () => {
  const quotas = new Quotas(options, undefined, 4);
  const busy = quotas.of(a, "m0");
  const reservation = busy.reserve(0, cost);
  if (reservation === undefined) throw new Error("no room");
  const second = quotas.of(a, "m1");
  for (const model of ["m2", "m3"]) quotas.of(a, model);
  expect(quotas.of(a, "m1")).toBe(second);
  quotas.of(a, "m4");
  expect(quotas.size).toBe(4);
  expect(
    quotas
      .all()
      .map((one) => one.modelClass)
      .sort(),
  ).toEqual(["m0", "m1", "m3", "m4"]);
  for (let i = 0; i < 100; i++) quotas.of(a, `made-up-${i}`);
  expect(quotas.size).toBe(4);
  expect(quotas.of(a, "m0")).toBe(busy);
  expect(busy.settle(reservation, 0, cost)).toBe(true);
});

test("all of them are told with their account and class", () => {
  const quotas = new Quotas(options);
  quotas.of(a, "claude-opus-4-8");
  expect(quotas.all().map(({ account, modelClass }) => [account, modelClass])).toEqual([["one", "claude-opus-4"]]);
});

test("of a doubled header the first counts", () => {
  const name = "anthropic-ratelimit-requests-limit";
  expect(readLimits([name, "60", name, "90"])?.requests?.limit).toBe(60);
});
