// Laws of the account of money: exact sums, windows of the calendar, clocks that jump.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MoneyAccount } from "./money-account.ts";

const HOUR = 3_600_000;
const hourly = (wall: number) => ({
  start: Math.floor(wall / HOUR) * HOUR,
  end: Math.floor(wall / HOUR) * HOUR + HOUR,
});
const AT = 1_000 * HOUR;

describe("a money account", () => {
  test("admits what fits, and tells when the window ends", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    const window = account.window(AT);
    expect(account.waitMs(100, AT)).toBe(0);
    account.settle(60, window, AT);
    expect(account.waitMs(40, AT)).toBe(0);
    expect(account.waitMs(41, AT + 1_000)).toBe(HOUR - 1_000);
    expect(account.left(AT)).toBe(40);
    expect(account.left(AT + HOUR)).toBe(100);
  });

  test("with nothing left it admits nothing, not even what costs nothing", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    account.settle(100, AT, AT);
    expect(account.waitMs(0, AT)).toBe(HOUR);
  });

  test("one that costs more than the budget goes while nothing is spent, and only then", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    expect(account.waitMs(500, AT)).toBe(0);
    account.settle(1, AT, AT);
    expect(account.waitMs(500, AT)).toBe(HOUR);
  });

  test("counts exactly, beyond what a double can hold", () => {
    const account = new MoneyAccount(hourly, 1e18, AT);
    for (let i = 0; i < 1_000; i++) account.settle(9_007_199_254_740_991, AT, AT);
    account.settle(1, AT, AT);
    expect(account.spent(AT)).toBe(9_007_199_254_740_991_001n);
  });

  test("a refund never makes more of it than there was", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1_000, max: 1_000 })), (deltas) => {
        const account = new MoneyAccount(hourly, 500, AT);
        for (const delta of deltas) {
          account.settle(delta, AT, AT);
          expect(account.left(AT)).toBeLessThanOrEqual(500);
        }
      }),
    );
  });

  test("what belongs to a window that is over is not charged to the next", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    const window = account.window(AT);
    account.settle(90, window, AT);
    account.settle(50, window, AT + HOUR);
    account.add(50n, window, AT + HOUR);
    expect(account.spent(AT + HOUR)).toBe(0n);
  });

  test("a clock that goes back gives no money back", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    account.settle(90, AT, AT);
    expect(account.left(AT - 10_000)).toBe(10);
    expect(account.ends(AT - 10_000)).toBe(AT + HOUR);
    expect(account.left(AT)).toBe(10);
    const far = new MoneyAccount(hourly, 100, AT);
    far.settle(90, AT, AT);
    expect(far.left(AT - 100_000)).toBe(10);
    expect(far.ends(AT - 100_000)).toBe(AT);
    expect(far.left(AT)).toBe(100);
  });

  test("in any span that no whole window ends in, it admits its budget once, however the clock steps by seconds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 40 }), (steps) => {
        const account = new MoneyAccount(hourly, 100, AT - 10_000);
        let [before, after] = [0, 0];
        for (const step of steps) {
          const wall = AT + step;
          if (account.waitMs(30, wall) > 0) continue;
          const window = account.window(wall);
          account.settle(30, window, wall);
          if (window < AT) before += 30;
          else after += 30;
        }
        expect(before).toBeLessThanOrEqual(90);
        expect(after).toBeLessThanOrEqual(90);
      }),
    );
  });

  test("what was spent before it was made is added; another limit keeps what was spent", () => {
    const account = new MoneyAccount(hourly, 100, AT);
    account.settle(10, AT, AT);
    account.add(30n, AT, AT);
    expect(account.left(AT)).toBe(60);
    account.resize(50);
    expect(account.left(AT)).toBe(10);
  });
});
