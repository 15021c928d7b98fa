// Tests of shared limits: leases over several instances, a store that goes away and comes back, one that forgets.

import { type Fact, Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { fleet, spec } from "../../testing/limit-fleet.ts";
import { Accounts } from "./accounts.ts";
import type { Short } from "./items.ts";

describe("several instances", () => {
  test("admit as much as one alone would, wherever the requests go", async () => {
    const { draw, close } = fleet(4);
    const rpm = spec("requests", 10);
    let gone = 0;
    for (let i = 0; i < 30; i++) if ((await draw(i % 4, rpm)) === undefined) gone += 1;
    expect(gone).toBe(10);
    await close();
  });

  test("the refusal tells when, and who comes back then is served", async () => {
    const { rt, draw, close } = fleet(2);
    const rpm = spec("requests", 6);
    for (let i = 0; i < 6; i++) expect(await draw(i % 2, rpm)).toBeUndefined();
    const short = await draw(0, rpm);
    expect(short?.waitMs).toBeGreaterThan(9_000);
    expect(short?.waitMs).toBeLessThan(10_100);
    await rt.clock.advance((short?.waitMs ?? 0) - 500);
    expect(await draw(1, rpm)).toBeDefined();
    await rt.clock.advance(500);
    expect(await draw(0, rpm)).toBeUndefined();
    await close();
  });

  test("who comes back then is served on whichever instance, also where one request is a good part of all", async () => {
    for (const amount of [150, 200]) {
      const { rt, draw, close } = fleet(2, {}, 2);
      const itpm = spec("input_tokens", 6_000, 6_000);
      for (let asked = 0, round = 0; round < 20; round++) {
        let short: Short | undefined;
        for (; short === undefined; asked++) short = await draw(asked % 2, itpm, amount);
        await rt.clock.advance(Math.ceil(short.waitMs / 1_000) * 1_000);
        expect(await draw((asked + round) % 2, itpm, amount), `round ${round}`).toBeUndefined();
        await rt.clock.advance(37 * (round % 7));
      }
      await close();
    }
  });

  test("where there is plenty, one trade serves many requests", async () => {
    const { rt, line, draw, close } = fleet(1);
    const rpm = spec("requests", 60_000);
    await draw(0, rpm);
    await rt.clock.advance(300);
    const before = line.trades;
    for (let i = 0; i < 500; i++) expect(await draw(0, rpm)).toBeUndefined();
    expect(line.trades - before).toBeLessThanOrEqual(1);
    await close();
  });

  test("what is held here is not used: one that is full again says so", async () => {
    const { draw, all, rt, close } = fleet(1);
    const rpm = spec("requests", 6_000);
    for (let i = 0; i < 50; i++) await draw(0, rpm);
    await rt.clock.advance(1_500);
    const { left, held, resetMs } = (all[0] as Accounts).of(rpm).standing(rt.clock.now());
    expect(held).toBeGreaterThan(0);
    expect([left, resetMs]).toEqual([6_000, 0]);
    await close();
  });

  test("what one holds unused comes to the others when it goes", async () => {
    const { draw, all, rt, close } = fleet(2);
    const rpm = spec("requests", 1_000);
    await draw(0, rpm);
    await rt.clock.runUntil((all[0] as Accounts).close());
    let gone = 0;
    for (let i = 0; i < 1_005; i++) if ((await draw(1, rpm)) === undefined) gone += 1;
    expect(gone).toBeGreaterThanOrEqual(999);
    await close();
  });

  test("what costs more than was reserved is owed, what costs less is given back", async () => {
    const { rt, draw, settle, close } = fleet(2);
    const otpm = spec("output_tokens", 1_000);
    expect(await draw(0, otpm, 100)).toBeUndefined();
    settle(0, otpm, 800);
    await rt.clock.advance(600);
    expect(await draw(1, otpm, 500)).toBeDefined();
    settle(0, otpm, -800);
    await rt.clock.advance(600);
    expect(await draw(1, otpm, 500)).toBeUndefined();
    await close();
  });

  test("a request larger than the limit goes when nothing else is drawn, and the debt is shared", async () => {
    const { draw, close } = fleet(2);
    const itpm = spec("input_tokens", 1_000);
    expect(await draw(0, itpm, 5_000)).toBeUndefined();
    expect((await draw(1, itpm, 1))?.waitMs).toBeGreaterThan(4 * 60_000);
    await close();
  });

  test("streams are places: taken by any, back when they end, and back from one that died", async () => {
    const { rt, line, draw, settle, close } = fleet(3);
    const streams = spec("streams", 3);
    for (let i = 0; i < 3; i++) expect(await draw(i, streams)).toBeUndefined();
    expect(await draw(0, streams)).toMatchObject({ waitMs: 1_000 });
    settle(1, streams, -1);
    await rt.clock.advance(400);
    expect(await draw(0, streams)).toBeUndefined();
    await rt.clock.advance(30_000);
    expect(await draw(1, streams)).toBeDefined();
    // Instance 2 is killed: it says nothing any more.
    line.dead.add("i_2");
    await rt.clock.advance(11_000);
    expect(await draw(1, streams)).toBeUndefined();
    expect(await draw(1, streams)).toBeDefined();
    await close();
  });

  test("a budget of money is kept to the pico-dollar, and by its window", async () => {
    const { rt, draw, settle, close } = fleet(4);
    const day = spec("usd_per_hour", 1_000_000_000);
    let spent = 0;
    for (let i = 0; i < 60; i++) {
      if ((await draw(i % 4, day, 37_000_001)) === undefined) spent += 37_000_001;
      // What is left over in one instance comes to the others within a second.
      if (i >= 30) await rt.clock.advance(400);
    }
    expect(spent).toBeLessThanOrEqual(1_000_000_000);
    expect(spent).toBeGreaterThan(1_000_000_000 - 37_000_001);
    const short = await draw(0, day, 37_000_001);
    expect(short?.waitMs).toBeLessThanOrEqual(3_600_000);
    await rt.clock.advance((short?.waitMs ?? 0) + 10);
    expect(await draw(0, day, 900_000_000)).toBeUndefined();
    // What belongs to the hour before is not charged to this one.
    settle(1, day, 500_000_000, rt.clock.wall() - 3_600_000);
    await rt.clock.advance(600);
    expect(await draw(2, day, 90_000_000)).toBeUndefined();
    await close();
  });

  test("who leaves while it waits has drawn nothing", async () => {
    const { rt, all, draw, close } = fleet(1);
    const rpm = spec("requests", 1);
    const signal = new Signal();
    const one = all[0] as Accounts;
    const waits = one.draw([{ account: one.of(rpm), amount: 1, gate: false, window: 0 }], signal);
    signal.abort("gone");
    expect(await waits).toBe("gone");
    await rt.clock.advance(1_500);
    expect(await draw(0, rpm)).toBeUndefined();
    await close();
  });
});

describe("a store that is away", () => {
  test("each goes on with its part: no request waits for it longer than once, and none is refused by it", async () => {
    const { rt, line, draw, all, close } = fleet(4);
    const rpm = spec("requests", 40);
    for (let i = 0; i < 4; i++) await draw(i, rpm);
    await rt.clock.advance(3_000);
    line.up = false;
    await rt.clock.advance(4_000);
    expect((all[0] as Accounts).sharing).toBe("away");
    let gone = 0;
    const since = rt.clock.now();
    for (let i = 0; i < 80; i++) if ((await draw(i % 4, rpm)) === undefined) gone += 1;
    expect(rt.clock.now() - since).toBeLessThan(1);
    expect(gone).toBeGreaterThanOrEqual(36);
    expect(gone).toBeLessThanOrEqual(42);
    line.up = true;
    await rt.clock.advance(2_000);
    expect((all[0] as Accounts).sharing).toBe("shared");
    // What was drawn meanwhile is on the books.
    let more = 0;
    for (let i = 0; i < 80; i++) if ((await draw(i % 4, rpm)) === undefined) more += 1;
    expect(more).toBeLessThanOrEqual(6);
    await close();
  });

  test("at a start without it the configured number of instances counts", async () => {
    const { line, rt, draw, close } = fleet(1, { instances: 4 });
    line.up = false;
    const rpm = spec("requests", 40);
    await rt.clock.advance(3_000);
    let gone = 0;
    for (let i = 0; i < 40; i++) if ((await draw(0, rpm)) === undefined) gone += 1;
    expect(gone).toBe(10);
    await close();
  });

  test("money closes after its part or its time, with a word of its own, and is settled when the store is back", async () => {
    const { line, rt, draw, all, close } = fleet(2);
    const day = spec("usd_per_day", 1_000_000);
    await draw(0, day, 1_000);
    await draw(1, day, 1_000);
    await rt.clock.advance(4_000);
    const { held } = (all[0] as Accounts).of(day).standing(rt.clock.now());
    line.up = false;
    await rt.clock.advance(3_000);
    // One part in a hundred for both together is 5,000 each, beside what was taken out already.
    let spent = 0;
    for (let i = 0; i < 100; i++) if ((await draw(0, day, 1_000)) === undefined) spent += 1_000;
    expect(spent).toBe(5_000 + held);
    expect((await draw(0, day, 1_000))?.account.unconfirmed).toBe(true);
    expect(await draw(1, day, 1_000)).toBeUndefined();
    await rt.clock.advance(60_000);
    expect((await draw(1, day, 1_000))?.account.unconfirmed).toBe(true);
    line.up = true;
    await rt.clock.advance(2_000);
    expect(await draw(1, day, 1_000)).toBeUndefined();
    // 2,000 before, 1,000 and what the other spent while it was away, 1,000 now.
    expect((all[0] as Accounts).of(day).unconfirmed).toBe(false);
    await rt.clock.advance(15_000);
    expect(await draw(0, day, 1_000_000 - 4_000 - spent)).toBeUndefined();
    expect(await draw(0, day, 1)).toBeDefined();
    await close();
  });

  test("one that forgot everything is told what was spent, by what was known and by the ledger", async () => {
    const { memory, rt, draw, all, close } = fleet(2, { spentSince: async () => 300_000n });
    const day = spec("usd_per_day", 1_000_000);
    expect(await draw(0, day, 500_000)).toBeUndefined();
    expect(await draw(1, day, 100_000)).toBeUndefined();
    await rt.clock.advance(3_000);
    memory.forget();
    await rt.clock.advance(5_000);
    expect(await draw(0, day, 450_000)).toBeDefined();
    expect((all[0] as Accounts).sharing).toBe("shared");
    await close();
  });

  test("one that forgot everything a moment ago lets nobody spend again what was spent", async () => {
    const { memory, rt, draw, close } = fleet(2);
    const day = spec("usd_per_day", 1_000_000);
    expect(await draw(0, day, 500_000)).toBeUndefined();
    expect(await draw(1, day, 400_000)).toBeUndefined();
    await rt.clock.advance(1_000);
    memory.forget();
    const shorts = await Promise.all([draw(0, day, 200_000), draw(1, day, 200_000), draw(0, day, 150_000)]);
    expect(shorts.every((one) => one !== undefined)).toBe(true);
    await rt.clock.advance(2_000);
    expect(await draw(1, day, 101_000)).toBeDefined();
    await close();
  });

  test("a request that had no room in what was left of a budget for all has none while it is away", async () => {
    const { rt, line, draw, close } = fleet(2);
    const day = spec("usd_per_day", 1_000_000);
    expect(await draw(0, day, 950_000)).toBeUndefined();
    await rt.clock.advance(1_000);
    line.up = false;
    await rt.clock.advance(5_000);
    expect(await draw(0, day, 60_000)).toBeDefined();
    expect(await draw(0, day, 5_000)).toBeUndefined();
    await close();
  });

  test("why it counts as away is told", async () => {
    const rt = virtualRuntime("why");
    const facts: Fact[] = [];
    rt.bus.listen((fact) => facts.push(fact));
    const store = { trade: () => Promise.reject(new Error("WRONGPASS")) };
    const accounts = new Accounts(rt, { store, instance: "i", instances: 1, moneyGraceMs: 0, moneyShare: 0 });
    await rt.clock.advance(5_000);
    expect(facts).toMatchObject([{ kind: "limit-store", event: "away", why: "WRONGPASS" }]);
    await accounts.close();
  });

  test("what is told in the trade that finds it empty is not lost", async () => {
    const { memory, rt, draw, settle, close } = fleet(2);
    const otpm = spec("output_tokens", 1_000);
    expect(await draw(0, otpm, 100)).toBeUndefined();
    await rt.clock.advance(600);
    settle(0, otpm, 800);
    memory.forget();
    await rt.clock.advance(600);
    expect(await draw(1, otpm, 500)).toBeDefined();
    await close();
  });

  test("a reply that was lost is asked for again, and nothing is booked twice", async () => {
    const { memory, rt, draw, close } = fleet(1);
    const rpm = spec("requests", 10);
    let dropped = 0;
    const real = memory.trade.bind(memory);
    memory.trade = (...args) => {
      const reply = real(...args);
      if (args[3].length > 0 && dropped++ === 0) return new Promise(() => {});
      return reply;
    };
    expect(await draw(0, rpm)).toBeUndefined();
    await rt.clock.advance(3_000);
    let gone = 1;
    for (let i = 0; i < 20; i++) if ((await draw(0, rpm)) === undefined) gone += 1;
    expect(gone).toBeGreaterThanOrEqual(9);
    expect(gone).toBeLessThanOrEqual(10);
    await close();
  });
});

test("accounts that are full and that nobody uses are forgotten beyond a number of them", () => {
  const rt = virtualRuntime("many");
  const options = { store: undefined, instance: "i", instances: 1, moneyGraceMs: 0, moneyShare: 0 };
  const accounts = new Accounts(rt, options);
  const of = (i: number) => accounts.of({ ...spec("requests", 10), key: `{p:${i}}:requests` });
  of(0).draw(5, 0);
  for (let i = 1; i <= 10_001; i++) of(i);
  expect([...accounts.all()].length).toBeLessThan(10);
  expect(of(0).standing(0).left).toBe(5);
});
