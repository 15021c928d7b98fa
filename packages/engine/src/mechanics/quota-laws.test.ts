// The laws of the upstream quota, for every schedule of bookings, corrections and settlements.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Quota, type QuotaNumbers, type Reservation } from "./quota.ts";

const FLAT: QuotaNumbers = { requestBurstMs: 5_000, tokenBurstMs: 10_000, rampStart: 1, rampMs: 60_000 };
const RAMP: QuotaNumbers = { ...FLAT, rampStart: 0.5 };

/** 60,000 a minute is 1 a millisecond: a burst of 10 s is 10,000. */
const LIMIT = 60_000;

const output = (tokens: number) => ({ requests: 0, input: 0, output: tokens });

function book(quota: Quota, now: number, tokens: number): Reservation {
  const reservation = quota.reserve(now, output(tokens));
  if (reservation === undefined) throw new Error(`no room for ${tokens} at ${now}`);
  return reservation;
}

const room = (quota: Quota, now: number, dimension = "output") =>
  quota.states(now).find((one) => one.dimension === dimension)?.room;

interface Op {
  readonly dt: number;
  readonly what: number;
  readonly cost: number;
  readonly which: number;
}

const op: fc.Arbitrary<Op> = fc.record({
  dt: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 }), fc.constant(-50)),
  what: fc.integer({ min: 0, max: 9 }),
  cost: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 30_000 })),
  which: fc.nat(),
});
const schedule = fc.record({
  limit: fc.integer({ min: 600, max: 200_000 }),
  burstMs: fc.integer({ min: 100, max: 60_000 }),
  rampStart: fc.constantFrom(1, 0.5, 0.05),
  ops: fc.array(op, { minLength: 1, maxLength: 120 }),
});

interface Event {
  readonly at: number;
  /** What was reserved (positive, `cost` set) or given back (negative). */
  readonly amount: number;
  readonly admitted: boolean;
}

/** Drives a quota of one dimension through a schedule; tells of every admission all that was drawn up to and with it. */
function drive(
  { limit, burstMs, rampStart, ops }: { limit: number; burstMs: number; rampStart: number; ops: readonly Op[] },
  smallOnly: boolean,
  admitted: (at: number, drawn: number, cost: number, events: readonly Event[]) => void,
): void {
  const quota = new Quota({ ...FLAT, tokenBurstMs: burstMs, rampStart }, { output: limit });
  const burst = Math.max(1, (limit * burstMs) / 60_000);
  const events: Event[] = [];
  const open: Reservation[] = [];
  let settled = 0;
  let now = 0;
  /** The latest time told: going backwards changes nothing. */
  let clock = 0;
  quota.waitMs(now, output(1));
  for (const { dt, what, cost, which } of ops) {
    now += dt;
    clock = Math.max(clock, now);
    // It can only know of time that it is told.
    quota.waitMs(now, output(1));
    const at = open.length === 0 ? 0 : which % open.length;
    const one = open[at];
    if (what < 5) {
      const amount = smallOnly ? Math.min(cost, burst) : cost;
      const reservation = quota.reserve(now, output(amount));
      if (reservation === undefined) continue;
      open.push(reservation);
      events.push({ at: clock, amount, admitted: true });
      const drawn = settled + open.reduce((sum, each) => sum + each.output, 0);
      admitted(clock, drawn, amount, events);
    } else if (one !== undefined && what < 7) {
      quota.trueUp(one, now, { output: one.output + cost / 4 });
    } else if (one !== undefined) {
      const before = one.output;
      const actual = what === 7 ? 0 : what === 8 ? cost : before;
      expect(quota.settle(one, now, { output: actual })).toBe(true);
      events.push({ at: clock, amount: Math.min(0, actual - before), admitted: false });
      settled += actual;
      open.splice(at, 1);
    }
  }
}

describe("for every schedule", () => {
  test("all that was drawn by an admission is within the burst and the rate since the start", () => {
    fc.assert(
      fc.property(schedule, (one) => {
        const burst = Math.max(1, (one.limit * one.burstMs) / 60_000);
        drive(one, true, (at, drawn) => {
          expect(drawn).toBeLessThanOrEqual(burst + (one.limit / 60_000) * at + 0.01);
        });
      }),
      { numRuns: 400 },
    );
  });

  test("in any window admissions less refunds are within the burst and the rate", () => {
    fc.assert(
      fc.property(schedule, (one) => {
        const burst = Math.max(1, (one.limit * one.burstMs) / 60_000);
        drive(one, true, (at, _drawn, _cost, events) => {
          let net = 0;
          for (let i = events.length - 1; i >= 0; i--) {
            const event = events[i] as Event;
            net += event.amount;
            if (event.admitted) expect(net).toBeLessThanOrEqual(burst + (one.limit / 60_000) * (at - event.at) + 0.01);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  test("costs beyond the burst stay within the minute's bucket and the rate, and the one that exceeds it", () => {
    fc.assert(
      fc.property(schedule, (one) => {
        drive(one, false, (at, drawn, cost) => {
          const over = Math.max(0, cost - one.limit);
          expect(drawn).toBeLessThanOrEqual(one.limit + (one.limit / 60_000) * at + over + 0.01);
        });
      }),
      { numRuns: 300 },
    );
  });

  test("it waits exactly as long as it says, and not a millisecond less", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 6_000, max: 200_000 }),
        fc.array(fc.integer({ min: 1, max: 50_000 }), { minLength: 1, maxLength: 20 }),
        (limit, costs) => {
          const quota = new Quota(FLAT, { output: limit });
          let now = 0;
          for (const cost of costs) {
            const wait = quota.waitMs(now, output(cost));
            if (wait > 0) {
              expect(quota.reserve(now, output(cost))).toBeUndefined();
              expect(quota.reserve(now + wait - 1, output(cost))).toBeUndefined();
            }
            now += wait;
            expect(quota.reserve(now, output(cost))).toBeDefined();
          }
        },
      ),
    );
  });

  test("with a ramp it waits no longer than the slowest rate needs, in a few steps", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 15 }), (costs) => {
        const quota = new Quota(RAMP, { output: LIMIT });
        let now = 0;
        for (const cost of costs) {
          const began = now;
          let steps = 0;
          for (let wait = quota.waitMs(now, output(cost)); wait > 0; wait = quota.waitMs(now, output(cost))) {
            now += wait;
            steps += 1;
            expect(steps).toBeLessThan(30);
          }
          expect(quota.reserve(now, output(cost))).toBeDefined();
          expect(now - began).toBeLessThanOrEqual(2 * 60_000 + 30);
        }
      }),
    );
  });

  test("a settlement gives back at most what was reserved, and a second one nothing", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ cost: fc.integer({ min: 1, max: 3_000 }), actual: fc.integer({ min: -50, max: 6_000 }) })),
        (all) => {
          const quota = new Quota(FLAT, { output: LIMIT });
          for (const { cost, actual } of all) {
            const reservation = quota.reserve(0, output(cost));
            if (reservation === undefined) break;
            const before = room(quota, 0) as number;
            expect(quota.settle(reservation, 0, output(actual))).toBe(true);
            const after = room(quota, 0) as number;
            expect(after - before).toBeLessThanOrEqual(cost);
            if (actual >= 0 && actual <= cost) expect(after - before).toBeCloseTo(cost - actual, 6);
            expect(quota.settle(reservation, 0, output(0))).toBe(false);
            quota.trueUp(reservation, 0, { input: 5, output: 9_999 });
            expect(room(quota, 0)).toBe(after);
            expect(quota.inFlight).toBe(0);
          }
        },
      ),
    );
  });

  test("time that stands still or goes backwards changes nothing", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1 }), (pasts) => {
        const quota = new Quota(RAMP, { output: LIMIT });
        book(quota, 10_000, 8_000);
        const before = quota.states(10_000);
        const wait = quota.waitMs(10_000, output(5_000));
        for (const past of pasts) {
          quota.states(past);
          quota.waitMs(past, output(5_000));
          quota.headroom(past);
        }
        expect(quota.states(10_000)).toEqual(before);
        expect(quota.waitMs(10_000, output(5_000))).toBe(wait);
      }),
    );
  });
});
