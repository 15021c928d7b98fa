// Tests of the upstream quota: room and waiting, corrections while an answer runs, reservations that nobody settles.

import { describe, expect, test } from "vitest";
import { Quota, type QuotaLimits, type QuotaNumbers, type Reservation } from "./quota.ts";

const FLAT: QuotaNumbers = { requestBurstMs: 5_000, tokenBurstMs: 10_000, rampStart: 1, rampMs: 60_000 };

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

describe("room", () => {
  test("without a limit everything has room", () => {
    const quota = new Quota(FLAT);
    for (let i = 0; i < 100; i++) expect(quota.reserve(0, { requests: 1, input: 1e9, output: 1e9 })).toBeDefined();
    expect(quota.states(0)).toEqual([]);
    expect(quota.headroom(0)).toBe(1);
  });

  test("a fresh start sends the burst, not the minute; then the rate", () => {
    const quota = new Quota(FLAT, { requests: 60 });
    const one = { requests: 1, input: 0, output: 0 };
    let sent = 0;
    while (quota.reserve(0, one) !== undefined) sent += 1;
    expect(sent).toBe(5);
    expect(quota.waitMs(0, one)).toBe(1_000);
    expect(quota.reserve(999, one)).toBeUndefined();
    expect(quota.reserve(1_000, one)).toBeDefined();
  });

  test("a lone request never waits, however slow the rate and however large it is", () => {
    const quota = new Quota({ ...FLAT, requestBurstMs: 100 }, { requests: 2, input: 1_000, output: 100 });
    expect(quota.waitMs(0, { requests: 1, input: 900_000, output: 5_000 })).toBe(0);
  });

  test("after a prompt beyond the burst the next small one waits for its own size, not for the prompt's", () => {
    const quota = new Quota(FLAT, { input: 60_000 });
    expect(quota.reserve(0, { requests: 1, input: 40_000, output: 0 })).toBeDefined();
    expect(quota.waitMs(0, { requests: 1, input: 500, output: 0 })).toBe(500);
    // The minute's bucket holds 20,000 more; a second such prompt waits until it fits.
    expect(quota.waitMs(0, { requests: 1, input: 40_000, output: 0 })).toBe(20_000);
  });

  test("the dimension that is shortest decides, and nothing is booked when one is short", () => {
    const quota = new Quota(FLAT, { requests: 600, input: 60_000, output: 6_000 });
    const reservation = quota.reserve(0, { requests: 1, input: 100, output: 1_000 });
    expect(reservation).toBeDefined();
    const before = quota.states(0);
    expect(quota.waitMs(0, { requests: 1, input: 100, output: 50 })).toBe(500);
    expect(quota.reserve(0, { requests: 1, input: 100, output: 50 })).toBeUndefined();
    expect(quota.states(0)).toEqual(before);
  });

  test("what is no number, or negative, costs nothing and harms nothing", () => {
    const quota = new Quota(FLAT, { input: LIMIT, output: LIMIT });
    const reservation = quota.reserve(0, { requests: Number.NaN, input: -5, output: Number.POSITIVE_INFINITY });
    if (reservation === undefined) throw new Error("no room");
    quota.settle(reservation, 0, { input: Number.NaN, output: -1 });
    expect(room(quota, 0)).toBe(10_000);
    expect(room(quota, 0, "input")).toBe(10_000);
  });
});

describe("while the answer runs", () => {
  test("output beyond the reservation is charged, into debt, and shown as no room", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const reservation = book(quota, 0, 10_000);
    quota.trueUp(reservation, 0, { output: 13_000 });
    expect(reservation.output).toBe(13_000);
    expect(room(quota, 0)).toBe(0);
    expect(quota.waitMs(0, output(1))).toBe(3_001);
    quota.settle(reservation, 0, { output: 12_000 });
    expect(quota.waitMs(0, output(1))).toBe(2_001);
  });

  test("less than was reserved so far charges nothing and gives nothing back", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const reservation = book(quota, 0, 4_000);
    quota.trueUp(reservation, 0, { output: 1_000 });
    expect(room(quota, 0)).toBe(6_000);
    expect(quota.states(0)[0]?.pending).toBe(3_000);
  });

  test("the input is corrected both ways as soon as it is known", () => {
    const quota = new Quota(FLAT, { input: LIMIT });
    const reservation = quota.reserve(0, { requests: 1, input: 5_000, output: 0 });
    if (reservation === undefined) throw new Error("no room");
    quota.trueUp(reservation, 0, { input: 1_000 });
    expect(room(quota, 0, "input")).toBe(9_000);
    quota.trueUp(reservation, 0, { input: 2_500 });
    expect(room(quota, 0, "input")).toBe(7_500);
    quota.settle(reservation, 0, {});
    expect(room(quota, 0, "input")).toBe(7_500);
  });

  test("a long answer that is known only at its end was paid for by what spilled while it was produced", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const reservation = book(quota, 0, 600);
    // In 20 s the bucket filled up after 600 ms and spilled the rest: 19,400.
    quota.settle(reservation, 20_000, { output: 20_000 });
    expect(room(quota, 20_000)).toBe(10_000);
    // Two at once cannot both be paid by the same spill.
    const other = new Quota(FLAT, { output: LIMIT });
    const [one, two] = [book(other, 0, 600), book(other, 0, 600)];
    other.settle(one, 20_000, { output: 19_400 });
    expect(room(other, 20_000)).toBe(10_000);
    other.settle(two, 20_000, { output: 10_600 });
    expect(room(other, 20_000)).toBe(0);
  });

  test("what spilled before the booking pays for nothing", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    quota.waitMs(0, output(1));
    quota.waitMs(60_000, output(1));
    const reservation = book(quota, 60_000, 1_000);
    quota.settle(reservation, 60_000, { output: 5_000 });
    expect(room(quota, 60_000)).toBe(5_000);
  });
});

describe("reservations that nobody settles", () => {
  test("are given up after twice their deadline: no refund, no longer pending", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const reservation = quota.reserve(0, output(5_000), 30_000);
    if (reservation === undefined) throw new Error("no room");
    book(quota, 59_999, 1);
    expect([quota.inFlight, reservation.open]).toEqual([2, true]);
    book(quota, 70_000, 1);
    expect([quota.inFlight, reservation.open]).toEqual([2, false]);
    expect(quota.states(70_000)[0]?.pending).toBe(2);
    const before = room(quota, 70_000);
    expect(quota.settle(reservation, 70_000, output(0))).toBe(false);
    expect(room(quota, 70_000)).toBe(before);
  });

  test("a reservation of another quota is not settled here", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const other = new Quota(FLAT, { output: LIMIT });
    const reservation = book(other, 0, 5_000);
    expect(quota.settle(reservation, 0, output(0))).toBe(false);
    expect([room(quota, 0), room(other, 0), other.inFlight]).toEqual([10_000, 5_000, 1]);
  });
});

test("configured limits of 0 count as none", () => {
  const limits: QuotaLimits = { requests: 0, input: 0, output: 0, tokens: 0 };
  expect(new Quota(FLAT, limits).headroom(0)).toBe(1);
  expect(new Quota(FLAT, limits).states(0)).toEqual([]);
});

test("what is given back is what was charged too much, no more and no less", () => {
  const quota = new Quota({ ...FLAT, tokenBurstMs: 60_000 }, { output: LIMIT });
  const first = book(quota, 0, 20_000);
  book(quota, 0, 20_000);
  expect(quota.headroom(0)).toBeCloseTo(20_000 / LIMIT, 9);
  quota.settle(first, 0, { output: 5_000 });
  expect(quota.headroom(0)).toBeCloseTo(35_000 / LIMIT, 9);
  expect(room(quota, 0)).toBe(35_000);
});
