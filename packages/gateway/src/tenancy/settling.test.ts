// Tests of what requests came to when that is known late: when nobody has asked for a while, in another window, after a
// change, while the store is away.

import { describe, expect, test } from "vitest";
import { fleet, spec } from "../../testing/limit-fleet.ts";
import type { Accounts } from "./accounts.ts";

const HOUR = 3_600_000;
const windowOf = ({ clock }: { clock: { wall(): number } }) => Math.floor(clock.wall() / HOUR) * HOUR;

describe("what a long request came to", () => {
  test("is told to the others although nobody else has asked for a while", async () => {
    const { rt, draw, settle, close } = fleet(2);
    const hour = spec("usd_per_hour", 1_000_000);
    expect(await draw(0, hour, 1_000)).toBeUndefined();
    await rt.clock.advance(60_000);
    settle(0, hour, 900_000, windowOf(rt));
    await rt.clock.advance(1_000);
    expect(await draw(1, hour, 200_000)).toBeDefined();
    await close();
  });

  test("is told when its instance ends at that moment", async () => {
    const { rt, all, draw, settle, close } = fleet(2);
    const otpm = spec("output_tokens", 1_000);
    expect(await draw(0, otpm, 10)).toBeUndefined();
    await rt.clock.advance(60_000);
    settle(0, otpm, 10_000);
    await rt.clock.runUntil((all[0] as Accounts).close());
    expect(await draw(1, otpm, 500)).toBeDefined();
    await close();
  });

  test("is drawn although its account was forgotten meanwhile, being full", async () => {
    const { rt, all, draw, close } = fleet(1, { store: undefined });
    const accounts = all[0] as Accounts;
    const otpm = spec("output_tokens", 1_000);
    expect(await draw(0, otpm, 10)).toBeUndefined();
    const account = accounts.of(otpm);
    await rt.clock.advance(60_000);
    for (let i = 0; i <= 10_001; i++) accounts.of({ ...otpm, key: `{p:${i}}:output_tokens` });
    expect(accounts.find(otpm.key)).toBeUndefined();
    accounts.settle({ account, window: 0 }, 900);
    expect(accounts.of(otpm).standing(rt.clock.now()).left).toBe(100);
    await close();
  });
});

describe("money of a window that has begun meanwhile", () => {
  test("is told before anybody has asked in it", async () => {
    const { rt, all, draw, settle, close } = fleet(2);
    const hour = spec("usd_per_hour", 1_000_000);
    const before = windowOf(rt);
    expect(await draw(0, hour, 1_000)).toBeUndefined();
    await rt.clock.advance(HOUR + 1_000);
    const now = rt.clock.now();
    expect((all[0] as Accounts).of(hour).over?.(before, now)).toBe(true);
    settle(0, hour, 500_000, before);
    settle(0, hour, 900_000, windowOf(rt));
    await rt.clock.advance(1_000);
    expect(await draw(1, hour, 200_000)).toBeDefined();
    await rt.clock.advance(1_000);
    expect(await draw(1, hour, 90_000)).toBeUndefined();
    await close();
  });

  test("is counted in that window by who was not there when it began, while the store is away", async () => {
    const { rt, line, all, draw, settle, close } = fleet(1, { moneyShare: 0.5, moneyGraceMs: 3 * HOUR });
    const hour = spec("usd_per_hour", 1_000_000);
    line.up = false;
    await rt.clock.advance(3_000);
    const before = windowOf(rt);
    expect(await draw(0, hour, 400_000)).toBeUndefined();
    await rt.clock.advance(HOUR);
    settle(0, hour, -300_000, before);
    expect(await draw(0, hour, 450_000)).toBeUndefined();
    expect(await draw(0, hour, 100_000)).toBeDefined();
    line.up = true;
    await rt.clock.advance(12_000);
    expect(await draw(0, hour, 1)).toBeUndefined();
    expect((all[0] as Accounts).of(hour).standing(rt.clock.now()).left).toBe(550_000 - 1);
    await close();
  });
});

describe("what the ledger tells while the store is away", () => {
  test("is not added to what was drawn here meanwhile, which it knows too", async () => {
    let ledger = 0;
    const more = { moneyShare: 0.5, spentSince: async () => BigInt(ledger) };
    const { rt, line, all, draw, close } = fleet(1, more);
    const day = spec("usd_per_day", 1_000_000);
    const account = () => (all[0] as Accounts).of(day);
    expect(await draw(0, day, 100_000)).toBeUndefined();
    // What is held and not spent has been given back by then.
    await rt.clock.advance(20_000);
    line.up = false;
    await rt.clock.advance(3_000);
    expect(await draw(0, day, 50_000)).toBeUndefined();
    // And a batch, of 7.
    ledger = 150_007;
    (all[0] as Accounts).lookAgain([account()]);
    await rt.clock.advance(11_000);
    line.up = true;
    await rt.clock.advance(30_000);
    expect(1_000_000 - account().standing(rt.clock.now()).left).toBe(150_007);
    await close();
  });
});

describe("a limit that was raised", () => {
  test("lets the next request go at once", async () => {
    for (const dimension of ["requests", "output_tokens", "usd_per_day", "streams"] as const) {
      const { draw, close } = fleet(2);
      expect(await draw(0, spec(dimension, 10), 10)).toBeUndefined();
      expect(await draw(1, spec(dimension, 10), 10)).toBeDefined();
      expect(await draw(1, spec(dimension, 20), 10), dimension).toBeUndefined();
      await close();
    }
  });

  test("holds while the store is away too, for the part of each", async () => {
    for (const dimension of ["requests", "output_tokens", "usd_per_day", "streams"] as const) {
      const { rt, line, draw, close } = fleet(1, { moneyShare: 0.1 });
      expect(await draw(0, spec(dimension, 100), 100)).toBeUndefined();
      line.up = false;
      await rt.clock.advance(3_000);
      expect(await draw(0, spec(dimension, 100), 20), dimension).toBeDefined();
      expect(await draw(0, spec(dimension, 1_000), 20), dimension).toBeUndefined();
      expect(await draw(0, spec(dimension, 110), 20), dimension).toBeDefined();
      await close();
    }
  });
});
