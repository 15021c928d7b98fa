// Tests of what the upstream tells the quota: headers, refusals; and of the ramp that keeps it from refusing.

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
const told = (limit: number, remaining: number) => ({ outputTokens: { limit, remaining } });

describe("headers", () => {
  test("a limit is learned from an answer, and what is in flight is still to come", () => {
    const quota = new Quota(FLAT);
    const reservation = book(quota, 0, 4_000);
    quota.reconcile(0, told(LIMIT, 8_000));
    expect(room(quota, 0)).toBe(4_500);
    quota.settle(reservation, 0, { output: 4_000 });
    expect(quota.states(0)[0]?.limit).toBe(LIMIT);
  });

  test("corrects downward at once, and leaves the rounding of remaining tokens alone", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    quota.reconcile(0, told(LIMIT, 60_000));
    expect(room(quota, 0)).toBe(10_000);
    quota.reconcile(0, told(LIMIT, 3_000));
    expect(room(quota, 0)).toBe(3_500);
    quota.reconcile(0, { requests: { limit: 60, remaining: 2 } });
    expect(room(quota, 0, "requests")).toBe(2);
  });

  test("corrects upward slowly: at most half the rate again, and not at the same moment", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    quota.reconcile(0, told(LIMIT, 0));
    const low = quota.headroom(0);
    expect(low).toBeCloseTo(500 / LIMIT, 9);
    quota.reconcile(0, told(LIMIT, 60_000));
    expect(quota.headroom(0)).toBe(low);
    quota.reconcile(1_000, told(LIMIT, 60_000));
    expect(quota.headroom(1_000)).toBeCloseTo((500 + 1_000 + 500) / LIMIT, 9);
    quota.reconcile(2_000, told(LIMIT, 1_000));
    expect(quota.headroom(2_000)).toBeCloseTo(1_500 / LIMIT, 9);
  });

  test("upward never beyond what is told, less what is pending", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    quota.reconcile(0, told(LIMIT, 0));
    book(quota, 1_000, 1_000);
    quota.reconcile(5_000, told(LIMIT, 6_000));
    // 500 + 5,000 filled - 1,000 booked = 4,500; told are 6,000 - 500 - 1,000.
    expect(quota.headroom(5_000)).toBeCloseTo(4_500 / LIMIT, 9);
    quota.reconcile(6_000, told(LIMIT, 12_000));
    expect(quota.headroom(6_000)).toBeCloseTo(6_000 / LIMIT, 9);
  });

  test("our lower limit stays, a lower one of the upstream holds", () => {
    const quota = new Quota(FLAT, { output: 6_000 });
    quota.reconcile(0, told(LIMIT, 60_000));
    expect(quota.states(0)[0]?.limit).toBe(6_000);
    quota.reconcile(1, told(600, 600));
    expect(quota.states(1)[0]?.limit).toBe(600);
    quota.reconcile(2, told(0, 600));
    expect(quota.states(2)[0]?.limit).toBe(600);
  });

  test("the answer's own request and input are in what remains; other answers' are still to come", () => {
    const quota = new Quota(FLAT);
    const cost = { requests: 1, input: 4_000, output: 0 };
    const one = quota.reserve(0, cost);
    const two = quota.reserve(0, cost);
    if (one === undefined || two === undefined) throw new Error("no room");
    quota.reconcile(0, { inputTokens: { limit: LIMIT, remaining: 9_000 }, requests: { limit: 60, remaining: 4 } }, one);
    expect(room(quota, 0, "input")).toBe(5_500);
    expect(room(quota, 0, "requests")).toBe(3);
  });

  test("`tokens` holds for input and output together only while neither is told by itself", () => {
    const quota = new Quota(FLAT);
    quota.reconcile(0, { tokens: { limit: LIMIT, remaining: 5_000 } });
    expect(quota.states(0).map((one) => one.dimension)).toEqual(["tokens"]);
    expect(quota.waitMs(0, { requests: 1, input: 3_000, output: 3_000 })).toBe(500);
    quota.reconcile(0, told(LIMIT, 60_000));
    expect(quota.states(0).map((one) => one.dimension)).toEqual(["output"]);
    expect(quota.waitMs(0, { requests: 1, input: 3_000, output: 3_000 })).toBe(0);
  });
});

describe("a refusal", () => {
  test("shuts the dimension that its headers show empty until the time told; then what was refused has room", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const reservation = book(quota, 0, 3_000);
    quota.refused(reservation, 0, 7_000, told(LIMIT, 0));
    expect([quota.inFlight, room(quota, 0)]).toEqual([0, 0]);
    expect(quota.waitMs(0, output(3_000))).toBe(7_000);
    expect(quota.headroom(0)).toBe(0);
    expect(quota.reserve(6_999, output(1))).toBeUndefined();
    expect(quota.reserve(7_000, output(3_000))).toBeDefined();
    expect(quota.waitMs(7_000, output(100))).toBe(100);
  });

  test("several refused together do not come back together", () => {
    const quota = new Quota(FLAT, { output: LIMIT });
    const all = [1, 2, 3].map(() => book(quota, 0, 3_000));
    for (const one of all) quota.refused(one, 0, 7_000, told(LIMIT, 0));
    expect(quota.reserve(7_000, output(3_000))).toBeDefined();
    expect(quota.reserve(7_000, output(3_000))).toBeUndefined();
  });

  test("that names nothing shuts all of it, limits known or not", () => {
    const quota = new Quota(FLAT);
    quota.refused(undefined, 0, 2_000);
    expect(quota.waitMs(0, output(1))).toBe(2_000);
    expect(quota.headroom(0)).toBe(0);
    expect(quota.reserve(2_000, output(1))).toBeDefined();
  });

  test("of a prompt larger than what is left shuts the input, though some is left", () => {
    const quota = new Quota(FLAT, { requests: 600 });
    const reservation = quota.reserve(0, { requests: 1, input: 40_000, output: 100 });
    const headers = { inputTokens: { limit: LIMIT, remaining: 30_000 }, requests: { limit: 600, remaining: 500 } };
    quota.refused(reservation, 0, 10_000, headers);
    expect(room(quota, 0, "input")).toBe(0);
    expect(room(quota, 0, "requests")).toBe(50);
    expect(quota.waitMs(0, { requests: 1, input: 40_000, output: 100 })).toBe(10_000);
  });

  test("the first one of a process, before any limit was known, keeps its promise too", () => {
    const quota = new Quota(FLAT);
    const reservation = book(quota, 0, 3_000);
    quota.refused(reservation, 0, 7_000, told(LIMIT, 0));
    expect(quota.waitMs(0, output(3_000))).toBe(7_000);
    expect(quota.waitMs(0, output(3_100))).toBe(7_100);
  });

  test("leaves the other dimensions open", () => {
    const quota = new Quota(FLAT, { input: LIMIT, output: LIMIT });
    quota.refused(undefined, 0, 2_000, told(LIMIT, 0));
    expect(room(quota, 0, "input")).toBe(10_000);
  });

  test("halves the burst once for one moment, down to a second; five quiet minutes double it again", () => {
    const quota = new Quota(FLAT, { requests: 600 });
    const used = { requests: { limit: 600, remaining: 0 } };
    const full = { requests: { limit: 600, remaining: 600 } };
    for (let i = 0; i < 3; i++) quota.refused(undefined, 0, undefined, used);
    const burst = (now: number) => {
      quota.reconcile(now, full);
      return room(quota, now, "requests");
    };
    expect(burst(100_000)).toBe(25);
    for (let at = 110_000; at < 150_000; at += 10_000) quota.refused(undefined, at, undefined, used);
    expect(burst(250_000)).toBe(10);
    expect(burst(439_999)).toBe(10);
    expect(burst(441_000)).toBe(20);
    burst(741_000);
    expect(burst(741_100)).toBe(40);
    burst(1_100_000);
    expect(burst(1_110_000)).toBe(50);
  });
});

describe("the ramp", () => {
  /** Tokens admitted from `from` to `to` when there is always more to send. */
  function greedy(quota: Quota, from: number, to: number): number {
    let sent = 0;
    for (let now = from; now < to; now += 100) {
      while (quota.reserve(now, output(50)) !== undefined) sent += 50;
    }
    return sent;
  }

  test("after a fresh start a full load rises from the start's share to the whole in about a minute", () => {
    const quota = new Quota(RAMP, { output: LIMIT });
    greedy(quota, 0, 1_000);
    const first = greedy(quota, 1_000, 6_000) / 5_000;
    expect(first).toBeGreaterThan(0.5);
    expect(first).toBeLessThan(0.75);
    greedy(quota, 6_000, 80_000);
    expect(greedy(quota, 80_000, 90_000) / 10_000).toBeCloseTo(1, 2);
  });

  test("doubles no faster than in its time: from a tenth it takes over two minutes", () => {
    const quota = new Quota({ ...FLAT, rampStart: 0.1 }, { output: LIMIT });
    greedy(quota, 0, 1_000);
    const minutes = [0, 1, 2, 3].map((i) => greedy(quota, 1_000 + i * 60_000, 61_000 + i * 60_000) / 60_000);
    for (let i = 1; i < minutes.length; i++) {
      expect(minutes[i] as number).toBeLessThanOrEqual(2.05 * (minutes[i - 1] as number));
    }
    expect(minutes[1] as number).toBeLessThan(0.8);
    expect(minutes[3] as number).toBeGreaterThan(0.9);
  });

  test("short pauses keep most of it, long ones begin anew", () => {
    const quota = new Quota(RAMP, { output: LIMIT });
    greedy(quota, 0, 120_000);
    greedy(quota, 125_000, 126_000);
    expect(greedy(quota, 126_000, 131_000) / 5_000).toBeGreaterThan(0.98);
    greedy(quota, 2_000_000, 2_001_000);
    expect(greedy(quota, 2_001_000, 2_003_000) / 2_000).toBeLessThan(0.75);
  });

  test("a refusal for a rise too fast halves it", () => {
    const quota = new Quota(RAMP, { output: LIMIT });
    greedy(quota, 0, 120_000);
    quota.refused(undefined, 120_000, 1_000, {}, true);
    expect(quota.reserve(120_999, output(50))).toBeUndefined();
    greedy(quota, 121_000, 122_000);
    expect(greedy(quota, 122_000, 124_000) / 2_000).toBeLessThan(0.65);
  });
});

test("of two refusals the longer Retry-After holds, whichever came last", () => {
  const quota = new Quota(FLAT, { output: LIMIT });
  const [first, second] = [book(quota, 0, 1_000), book(quota, 0, 1_000)];
  quota.refused(first, 100, 10_000, told(LIMIT, 0));
  quota.refused(second, 200, 1_000, told(LIMIT, 0));
  expect(quota.waitMs(200, output(500))).toBe(9_900);
});
