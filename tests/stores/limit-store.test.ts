// Shared limits in memory and in a real Redis: the same trades have the same replies.

import { seededRandom } from "@fairlead/runtime";
import { type LimitAsk, type LimitKind, type LimitStore, memoryLimitStore, moneyWindow } from "@fairlead/stores";
import { type RedisLine, redisLimitStore, redisScript } from "@fairlead/stores/redis";
import { describe, expect, test } from "vitest";
import { redisStand } from "./redis-stand.ts";

const stand = redisStand();
const { clock } = stand;

function ask(more: Partial<LimitAsk> = {}): LimitAsk {
  return {
    ...{ key: "{p:web}:requests", kind: "rate", capacity: 100, perMs: 1e-9, hold: 0, debit: 0, give: 0 },
    ...{ need: 0, least: 0, want: 0, window: 0, floor: 0 },
    ...more,
  } as LimitAsk;
}

const redis = (): LimitStore => redisLimitStore(stand.line, () => String(clock.now()), stand.prefix());

describe.each([
  ["memory", () => memoryLimitStore(clock)],
  ["redis", redis],
] as const)("in %s", (_name, make) => {
  test("what is taken out by one is not there for another; the same trade again changes nothing", async () => {
    const store = make();
    const first = await store.trade("a", 1, 2_000, [ask({ need: 60, least: 60 })]);
    expect(first).toMatchObject({ instances: 1, answers: [{ granted: 70 }] });
    expect(await store.trade("a", 1, 2_000, [ask({ need: 60, least: 60 })])).toEqual(first);
    const second = await store.trade("b", 1, 2_000, [ask({ need: 60, least: 30 })]);
    expect(second).toMatchObject({ instances: 2, answers: [{ granted: 30 }] });
    expect(second.epoch).toBe(first.epoch);
    expect(second.answers[0]?.left).toBeCloseTo(0);
  });

  test("an instance that knows another epoch is told of this one, and nothing is taken from it or granted", async () => {
    const store = make();
    const { start } = moneyWindow("day", clock.wall());
    const day = { key: "{p:web}:usd_per_day", kind: "day" as LimitKind, perMs: 0, window: start };
    const asks = [ask({ need: 60, least: 60, debit: 5 }), ask({ ...day, need: 10, least: 10, debit: 7, floor: 20 })];
    const none = { granted: 0, left: 0, window: 0, endsInMs: 0 };
    const told = await store.trade("a", 1, 2_000, asks, "before");
    expect(told).toMatchObject({ instances: 1, answers: [none, none] });
    expect(await store.trade("a", 1, 2_000, asks, "before")).toEqual(told);
    const known = await store.trade("a", 2, 2_000, [ask(), ask(day)], told.epoch);
    expect(known).toMatchObject({ epoch: told.epoch, answers: [{ left: 100 }, { left: 100, window: start }] });
  });

  test("what is held does not fill up a second time; what an instance that died held, does", async () => {
    const store = make();
    const rate = { perMs: 10, capacity: 100 };
    await store.trade("a", 1, 200, [ask({ ...rate, need: 100, least: 1 })]);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const held = await store.trade("b", 1, 200, [ask({ ...rate, need: 100, least: 1 })]);
    expect(held.answers[0]?.granted).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 250));
    const free = await store.trade("b", 2, 200, [ask({ ...rate, need: 100, least: 1 })]);
    expect(free.answers[0]?.granted).toBe(100);
  });

  test("a debt is kept, and money given back never makes more than there was", async () => {
    const store = make();
    const { start } = moneyWindow("month", clock.wall());
    const month = { key: "{p:web}:usd", kind: "month" as LimitKind, capacity: 1e18, perMs: 0 };
    const seen = await store.trade("a", 1, 2_000, [ask(month)]);
    expect(seen.answers[0]).toMatchObject({ window: start });
    expect(seen.answers[0]?.endsInMs).toBeGreaterThan(0);
    // Beyond 2^53 pico-dollars sums are exact all the same.
    const odd = 9_007_199_254_740_991;
    await store.trade("a", 2, 2_000, [ask({ ...month, window: start, debit: odd })]);
    await store.trade("a", 3, 2_000, [ask({ ...month, window: start, debit: odd })]);
    await store.trade("a", 4, 2_000, [ask({ ...month, window: start, give: odd })]);
    await store.trade("a", 5, 2_000, [ask({ ...month, window: start, give: odd })]);
    const back = await store.trade("a", 6, 2_000, [ask({ ...month, window: start, give: 1e15 })]);
    expect(back.answers[0]?.left).toBeGreaterThan(1e18 - 1e9);
    const last = await store.trade("a", 7, 2_000, [ask({ ...month, window: 1, debit: 5 })]);
    expect(last.answers[0]?.left).toBe(back.answers[0]?.left);
    const floor = await store.trade("a", 8, 2_000, [ask({ ...month, window: start, floor: 400_000_000_000_000 })]);
    expect(floor.answers[0]?.left).toBeCloseTo(1e18 - 4e14, -4);
  });

  test("one key of each kind by random trades of three instances", async () => {
    const store = make();
    const control = memoryLimitStore(clock);
    const random = seededRandom("trades");
    const pick = (n: number) => Math.floor(random.next() * n);
    const { start } = moneyWindow("day", clock.wall());
    for (let seq = 1; seq <= 60; seq++) {
      const asks = (["rate", "gauge", "day"] as const).map((kind) => {
        const least = pick(20);
        return ask({
          ...{ key: `{p:web}:${kind}`, kind, perMs: 0.000_000_1, hold: pick(10), want: pick(30) },
          ...{ need: least === 0 ? 0 : least + pick(20), least, window: kind === "day" ? start : 0 },
          ...(kind === "gauge" ? {} : { debit: pick(12), give: pick(18) }),
        });
      });
      const who = `i${pick(3)}`;
      const [got, expected] = [await store.trade(who, seq, 60_000, asks), await control.trade(who, seq, 60_000, asks)];
      expect(got.answers.map((one) => one.granted)).toEqual(expected.answers.map((one) => one.granted));
      for (const [i, { left }] of got.answers.entries())
        expect(left).toBeCloseTo(expected.answers[i]?.left ?? Number.NaN, 2);
    }
  });
});

describe.each([
  ["memory", memoryAt],
  ["redis", redisAt],
] as const)("money in %s, by a clock that goes back", (_name, make) => {
  const midnight = Date.UTC(2027, 2, 1);
  const day = { key: "{p:web}:usd_per_day", kind: "day" as LimitKind, capacity: 1_000, perMs: 0 };

  test("a little, as after a fail-over: the window that has begun goes on", async () => {
    const { store, set } = await make();
    await set(midnight - 4_000);
    await store.trade("a", 1, 2_000, [ask(day)]);
    await store.trade("a", 2, 2_000, [ask({ ...day, window: midnight - 86_400_000, debit: 900 })]);
    await set(midnight + 2_000);
    await store.trade("a", 3, 2_000, [ask(day)]);
    await store.trade("a", 4, 2_000, [ask({ ...day, window: midnight, debit: 600 })]);
    await set(midnight - 3_000);
    const back = await store.trade("b", 1, 2_000, [ask({ ...day, need: 500, least: 500 })]);
    expect(back.answers[0]).toEqual({ granted: 0, left: 400, window: midnight, endsInMs: 86_403_000 });
    await set(midnight + 1_000);
    const on = await store.trade("b", 2, 2_000, [ask({ ...day, need: 500, least: 500 })]);
    expect(on.answers[0]).toMatchObject({ granted: 0, left: 400, window: midnight });
  });

  test("far: what was spent stays spent until the window that it tells has ended", async () => {
    const { store, set } = await make();
    await set(midnight + 2_000);
    await store.trade("a", 1, 2_000, [ask(day)]);
    await store.trade("a", 2, 2_000, [ask({ ...day, window: midnight, debit: 600 })]);
    await set(midnight - 7_200_000);
    const back = await store.trade("b", 1, 2_000, [ask({ ...day, need: 500, least: 500 })]);
    expect(back.answers[0]).toEqual({
      ...{ granted: 0, left: 400, window: midnight - 86_400_000, endsInMs: 7_200_000 },
    });
    await set(midnight);
    const next = await store.trade("b", 2, 2_000, [ask({ ...day, need: 500, least: 500 })]);
    expect(next.answers[0]?.granted).toBeGreaterThanOrEqual(500);
  });
});

interface Timed {
  readonly store: LimitStore;
  /** Sets the store's clock, Unix milliseconds. */
  set(wall: number): Promise<unknown>;
}

async function memoryAt(): Promise<Timed> {
  let wall = 0;
  const store = memoryLimitStore({ ...clock, wall: () => wall });
  return { store, set: async (at) => (wall = at) };
}

async function redisAt(): Promise<Timed> {
  const key = `clock-${stand.prefix()}`;
  const timed: Pick<RedisLine, "run"> = {
    run: ({ source }, keys, args) =>
      stand.line.run(
        redisScript(source.replace("redis.call('TIME')", `redis.call('HMGET', '${key}', 's', 'us')`)),
        keys,
        args,
      ),
  };
  const set = (wall: number) =>
    stand.line.send(["HSET", key, "s", String(Math.floor(wall / 1_000)), "us", String((wall % 1_000) * 1_000)]);
  return { store: redisLimitStore(timed, () => "e", key), set };
}

test("keys of a tenant share a hash tag, and all of them go away by themselves", async () => {
  const store = redisLimitStore(stand.line, () => "e", "own");
  await store.trade("a", 1, 2_000, [
    ask({ need: 1, least: 1, perMs: 0.1 }),
    ask({ key: "{p:web}:usd", kind: "hour", need: 1, least: 1 }),
  ]);
  const keys = (await stand.line.send(["KEYS", "own:*"])) as string[];
  expect(keys.sort()).toEqual([
    "own:1:epoch",
    "own:1:instances",
    "own:1:last:a",
    "own:1:{p:web}:requests",
    "own:1:{p:web}:usd",
  ]);
  for (const key of keys.filter((one) => !one.endsWith("epoch")))
    expect(await stand.line.send(["PTTL", key])).toBeGreaterThan(0);
});

test("the months of the calendar are those of Redis's script and of the code", async () => {
  for (const [at, start, end] of [
    ["2026-11-21T23:59:59Z", "2026-11-01", "2026-12-01"],
    ["2026-12-31T23:59:59Z", "2026-12-01", "2027-01-01"],
    ["2028-02-29T12:00:00Z", "2028-02-01", "2028-03-01"],
    ["2100-02-28T23:00:00Z", "2100-02-01", "2100-03-01"],
    ["1970-01-01T00:00:00Z", "1970-01-01", "1970-02-01"],
  ] as const) {
    expect(moneyWindow("month", Date.parse(at))).toEqual({ start: Date.parse(start), end: Date.parse(end) });
  }
  const store = redisLimitStore(stand.line, () => "e", "months");
  const reply = await store.trade("a", 1, 2_000, [ask({ kind: "month" })]);
  const { start, end } = moneyWindow("month", clock.wall());
  expect(reply.answers[0]?.window).toBe(start);
  expect(Math.abs((reply.answers[0]?.endsInMs ?? 0) - (end - clock.wall()))).toBeLessThan(2_000);
});
