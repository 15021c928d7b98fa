// Laws of the account that fills up evenly: never over its envelope, exact waits, refunds that mint nothing.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RateAccount } from "./rate-account.ts";

const steps = fc.array(
  fc.record({ passed: fc.integer({ min: -50, max: 2_000 }), cost: fc.integer({ min: 1, max: 40 }) }),
  { minLength: 1, maxLength: 80 },
);

describe("a rate account", () => {
  test("is full at the start, and comes back evenly", () => {
    const account = new RateAccount(0.01, 10, 0);
    for (let i = 0; i < 10; i++) {
      expect(account.waitMs(1, 0)).toBe(0);
      account.draw(1, 0);
    }
    expect(account.waitMs(1, 0)).toBeCloseTo(100);
    expect(account.waitMs(3, 0)).toBeCloseTo(300);
    expect(account.fullInMs(0)).toBeCloseTo(1_000);
    expect(account.available(250)).toBeCloseTo(2.5);
    expect(account.available(60_000)).toBe(10);
  });

  test("lets no more go in any span than its capacity and what comes back in it, plus one cost above the capacity", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 50 }),
        (all, capacity, perSecond) => {
          const account = new RateAccount(perSecond / 1_000, capacity, 0);
          const let0: Array<readonly [at: number, cost: number]> = [];
          let now = 0;
          for (const { passed, cost } of all) {
            now = Math.max(0, now + passed);
            if (account.waitMs(cost, now) > 0) continue;
            account.draw(cost, now);
            let0.push([now, cost]);
          }
          const largest = Math.max(0, ...let0.map(([, cost]) => cost - capacity));
          for (const [from] of let0) {
            for (const [to] of let0) {
              const sum = let0.reduce((n, [at, cost]) => (at >= from && at <= to ? n + cost : n), 0);
              const span = Math.max(0, to - from);
              expect(sum).toBeLessThanOrEqual(capacity + (perSecond / 1_000) * span + largest + 1e-6);
            }
          }
        },
      ),
    );
  });

  test("tells the first moment at which a cost may go: not before, and then surely", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 60 }), (all, cost) => {
        const account = new RateAccount(0.007, 30, 0);
        let now = 0;
        for (const step of all) {
          now += Math.abs(step.passed);
          account.draw(step.cost, now);
        }
        const wait = account.waitMs(cost, now);
        expect(account.waitMs(cost, now + wait)).toBe(0);
        if (wait > 1) expect(account.waitMs(cost, now + wait - 1)).toBeGreaterThan(0);
      }),
    );
  });

  test("a refund never fills it beyond its capacity, and never beyond what was drawn", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 900 }),
        (drawn, back, later) => {
          const account = new RateAccount(0.01, 50, 0);
          account.draw(drawn, 0);
          const before = account.available(later);
          account.draw(-back, later);
          expect(account.available(later)).toBeLessThanOrEqual(50);
          expect(account.available(later)).toBeLessThanOrEqual(before + back + 1e-9);
        },
      ),
    );
  });

  test("a cost above the capacity goes when it is full, and leaves a debt", () => {
    const account = new RateAccount(0.1, 10, 0);
    expect(account.waitMs(100, 0)).toBe(0);
    account.draw(100, 0);
    expect(account.available(0)).toBe(-90);
    expect(account.waitMs(1, 0)).toBeCloseTo(910);
    expect(account.waitMs(100, 0)).toBeCloseTo(1_000);
  });

  test("a clock that goes back gives nothing and takes nothing", () => {
    const account = new RateAccount(0.01, 10, 1_000);
    account.draw(10, 1_000);
    expect(account.available(0)).toBe(0);
    account.draw(0, 500);
    expect(account.available(1_100)).toBeCloseTo(1);
  });

  test("what was drawn stays drawn when the limit changes", () => {
    const account = new RateAccount(0.01, 10, 0);
    account.draw(8, 0);
    account.resize(0.1, 100, 100);
    expect(account.available(100)).toBeCloseTo(100 - 7);
    account.resize(0.01, 5, 100);
    expect(account.available(100)).toBeCloseTo(-2);
  });

  test("a full minute at the edge of one does not let twice as much go at once", () => {
    const account = new RateAccount(60 / 60_000, 60, 0);
    let gone = 0;
    for (const now of [59_900, 60_100])
      while (account.waitMs(1, now) === 0) {
        account.draw(1, now);
        gone += 1;
      }
    expect(gone).toBe(60);
  });
});
