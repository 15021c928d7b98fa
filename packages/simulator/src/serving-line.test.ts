// Places of a region on the wire: who waits, who is refused, and what an abandoned request holds on to.

import { afterEach, expect, test } from "vitest";
import { type TestStand, testStand, turn } from "./test-stand.ts";

let stand: TestStand;
afterEach(() => stand.simulator.close());

const SLOW = { headers: { "x-simulator-answer": '{"first_token_ms":200}' } };

async function until(what: () => Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** What the region holds now. */
async function held(): Promise<{ serving: number; waiting: number }> {
  const { value } = await stand.control("GET", "/health");
  const [region] = value.regions as Array<{ serving: number; waiting: number }>;
  return { serving: region?.serving ?? -1, waiting: region?.waiting ?? -1 };
}

test("without a queue one more than the capacity is refused", async () => {
  stand = await testStand({ regions: [{ name: "local", capacity: 2 }] });
  const seen = await Promise.all([1, 2, 3, 4].map((n) => stand.ask(turn(`${n}`), SLOW)));
  expect(seen.map(({ status }) => status).sort()).toEqual([200, 200, 529, 529]);
  expect(await held()).toEqual({ serving: 0, waiting: 0 });
});

test("with a queue as many wait as it holds, and they are served in order", async () => {
  stand = await testStand({ regions: [{ name: "local", capacity: 1, queue: 2 }] });
  const ends: number[] = [];
  const ask = async (n: number) => {
    const { status } = await stand.ask(turn(`${n}`), SLOW);
    if (status === 200) ends.push(n);
    return status;
  };
  const all: Promise<number>[] = [];
  for (const n of [1, 2, 3]) {
    all.push(ask(n));
    await until(async () => {
      const { serving, waiting } = await held();
      return serving + waiting === n;
    });
  }
  expect(await ask(4)).toBe(529);
  expect(await Promise.all(all)).toEqual([200, 200, 200]);
  expect(ends).toEqual([1, 2, 3]);
});

test("more capacity serves those who wait", async () => {
  stand = await testStand({ regions: [{ name: "local", capacity: 0, queue: 5 }] });
  const waiting = stand.ask(turn("x"));
  await until(async () => (await held()).waiting === 1);
  expect((await stand.control("POST", "/regions/local", { capacity: 1 })).status).toBe(200);
  expect((await waiting).status).toBe(200);
});

test.each([
  { abandoned: "drop", freed: true },
  { abandoned: "serve", freed: false },
] as const)("abandoned requests: $abandoned", async ({ abandoned, freed }) => {
  stand = await testStand({ regions: [{ name: "local", capacity: 1, queue: 5, abandoned }] });
  const slow = { headers: { "x-simulator-answer": '{"first_token_ms":600}' }, mostMs: 60 };
  const began = performance.now();
  await Promise.all([stand.ask(turn("a"), slow), stand.ask(turn("b"), slow)]);
  // Both have left. Dropped, they are in nobody's way; served, the next waits for both.
  expect((await stand.ask(turn("c"))).status).toBe(200);
  const took = performance.now() - began;
  if (freed) expect(took).toBeLessThan(550);
  else expect(took).toBeGreaterThan(1_150);
});

test.each([
  [{ queue: -1 }, "queue"],
  [{ abandoned: "keep" }, "abandoned"],
])("%j is refused as a setting", async (change, key) => {
  stand = await testStand();
  const { status, value } = await stand.control("POST", "/regions/local", change);
  expect(status).toBe(400);
  expect(String(value.error)).toContain(key);
});
