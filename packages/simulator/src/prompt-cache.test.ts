// The prompt cache: breakpoints, smallest prefix, look-back, lifetimes, scopes, in virtual time and on the wire.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { cacheProblem, inputTokensOf, PromptCache } from "./prompt-cache.ts";
import { testStand, turn } from "./test-stand.ts";

const LONG = "x".repeat(8_000);
const mark = (ttl?: string) => ({ cache_control: { type: "ephemeral", ...(ttl === undefined ? {} : { ttl }) } });
const text = (value: string, more = {}) => ({ type: "text", text: value, ...more });
const body = (blocks: unknown[], more = {}) => ({
  system: [text(LONG, mark())],
  messages: [{ role: "user", content: blocks }],
  ...more,
});

test("the first request writes, the second reads, and all sums are the whole input", () => {
  const cache = new PromptCache(virtualRuntime(1).clock);
  const asked = body([text("hello")]);
  const first = cache.account(asked, "k", 1024);
  expect(first).toEqual({ input: 4, cacheRead: 0, cacheWrite5m: 2_002, cacheWrite1h: 0 });
  const second = cache.account(asked, "k", 1024);
  expect(second).toEqual({ input: 4, cacheRead: 2_002, cacheWrite5m: 0, cacheWrite1h: 0 });
  expect(second.input + second.cacheRead).toBe(inputTokensOf(asked));
  expect(cache.account(asked, "another key", 1024).cacheRead).toBe(0);
});

test("another prefix misses; below the smallest prefix nothing is cached", () => {
  const cache = new PromptCache(virtualRuntime(1).clock);
  cache.account(body([text("a")]), "k", 1024);
  const other = { ...body([text("a")]), system: [text(`${LONG}y`, mark())] };
  expect(cache.account(other, "k", 1024).cacheRead).toBe(0);
  expect(cache.account(body([text("a")]), "k", 4_096)).toMatchObject({ cacheRead: 0, cacheWrite5m: 0 });
});

test("a longer conversation reads the old prefix and writes the rest, within 20 blocks", () => {
  const cache = new PromptCache(virtualRuntime(1).clock);
  const blocks = (count: number) => Array.from({ length: count }, (_, index) => text(`block ${index}`));
  const ask = (count: number) =>
    cache.account(
      { messages: [{ role: "user", content: [text(LONG), ...blocks(count), text("end", mark())] }] },
      "k",
      1024,
    );
  const near = (count: number, then: number) => {
    cache.reset();
    cache.account(
      { messages: [{ role: "user", content: [text(LONG), ...blocks(count - 1), text(`block ${count - 1}`, mark())] }] },
      "k",
      1024,
    );
    return ask(then);
  };
  expect(near(1, 10).cacheRead).toBeGreaterThan(2_000);
  expect(near(1, 10).cacheWrite5m).toBeGreaterThan(0);
  expect(near(1, 30).cacheRead).toBe(0);
});

test("five minutes, refreshed by reading, and one hour", async () => {
  const { clock } = virtualRuntime(1);
  const cache = new PromptCache(clock);
  const asked = body([text("a")]);
  const hour = { ...asked, system: [text(LONG, mark("1h"))] };
  cache.account(asked, "short", 1024);
  expect(cache.account(hour, "long", 1024)).toMatchObject({ cacheWrite1h: 2_002, cacheWrite5m: 0 });
  await clock.advance(4 * 60_000);
  expect(cache.account(asked, "short", 1024).cacheRead).toBe(2_002);
  await clock.advance(4 * 60_000);
  expect(cache.account(asked, "short", 1024).cacheRead).toBe(2_002);
  await clock.advance(5 * 60_000 + 1);
  expect(cache.account(asked, "short", 1024).cacheRead).toBe(0);
  expect(cache.account(hour, "long", 1024).cacheRead).toBe(2_002);
});

test("top-level cache_control caches up to the last block; looking does not write", () => {
  const cache = new PromptCache(virtualRuntime(1).clock);
  const asked = { messages: [{ role: "user", content: LONG }], ...mark() };
  expect(cache.account(asked, "k", 1024, false)).toMatchObject({ input: 0, cacheWrite5m: 2_002 });
  expect(cache.account(asked, "k", 1024)).toMatchObject({ cacheRead: 0, cacheWrite5m: 2_002 });
  expect(cache.account(asked, "k", 1024)).toMatchObject({ cacheRead: 2_002 });
});

test("five breakpoints, and an hour behind five minutes, are refused", () => {
  const five = { messages: [{ role: "user", content: Array.from({ length: 5 }, () => text("x", mark())) }] };
  expect(cacheProblem(five)?.message).toBe("A maximum of 4 blocks with cache_control may be provided. Found 5.");
  const late = { messages: [{ role: "user", content: [text("a", mark("5m")), text("b", mark("1h"))] }] };
  expect(cacheProblem(late)?.message).toContain("must not come after");
  const right = { messages: [{ role: "user", content: [text("a", mark("1h")), text("b", mark("5m"))] }] };
  expect(cacheProblem(right)).toBeUndefined();
});

test("usage and bills carry it on the wire", async () => {
  const stand = await testStand();
  const asked = turn("hi", { system: [text(LONG, mark("1h"))] });
  const usage = async () => JSON.parse((await stand.ask(asked)).body.toString()).usage;
  expect(await usage()).toMatchObject({
    cache_creation_input_tokens: 2_002,
    cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 2_002 },
    cache_read_input_tokens: 0,
  });
  expect(await usage()).toMatchObject({ cache_creation_input_tokens: 0, cache_read_input_tokens: 2_002 });
  const [first, second] = stand.simulator.bills().bills;
  expect((first?.costUsd ?? 0) - (second?.costUsd ?? 0)).toBeCloseTo((2_002 * (6 - 0.3)) / 1e6, 10);
  await stand.simulator.close();
});
