// Laws of a lease: nothing is spent twice, nothing is lost, it is renewed in time and given back when nobody uses it.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { HORIZON_MS, LEASE_MS, Lease } from "./lease.ts";

function granted(amount: number, at = 0): Lease {
  const lease = new Lease(at);
  lease.asked(amount, at);
  lease.tell(at, amount);
  lease.answered(amount, at, at);
  return lease;
}

describe("a lease", () => {
  test("is spent without asking, until it runs out", () => {
    const lease = granted(10);
    lease.spend(4, 10);
    expect(lease.left(10)).toBe(6);
    expect(lease.left(LEASE_MS - 1)).toBe(6);
    expect(lease.left(LEASE_MS)).toBe(0);
  });

  test("what is spent beyond it is owed, and told once", () => {
    const lease = granted(3);
    lease.spend(5, 0);
    expect(lease.tell(0, 0)).toMatchObject({ hold: 0, debit: 2, give: 0 });
    lease.answered(0, 0, 0, false);
    expect(lease.tell(0, 0)).toBeUndefined();
  });

  test("a refund pays what is owed, and goes back to the store: it is not spent again here", () => {
    const lease = granted(3);
    lease.spend(5, 0);
    lease.refund(4);
    expect(lease.left(0)).toBe(0);
    expect(lease.tell(0, 0)).toMatchObject({ hold: 0, debit: 0, give: 2 });
  });

  test("one that ran out is given back whole", () => {
    const lease = granted(10);
    lease.asked(1, LEASE_MS);
    expect(lease.tell(LEASE_MS, 0)).toMatchObject({ hold: 0, give: 10 });
    expect(lease.idle).toBe(true);
  });

  test("one that nobody uses is given back: after a while where there is plenty, soon where others wait for it", () => {
    const plenty = granted(10);
    let now = 0;
    for (now = 1_100; now < 9_900; now += 1_100) {
      expect(plenty.tell(now, 0)).toMatchObject({ hold: 10, give: 0, want: 0 });
      plenty.answered(0, now, now, true);
    }
    expect(plenty.tell(10_000, 0)).toMatchObject({ hold: 0, give: 10, want: 0 });
    const short = granted(10);
    short.tell(100, 1);
    short.answered(0, 100, 100, false);
    expect(short.tell(700, 0)).toMatchObject({ hold: 0, give: 10, want: 0 });
  });

  test("one that nobody asks for takes no more, even where there is plenty again", () => {
    const lease = granted(10);
    lease.spend(10, 100);
    lease.asked(10, 100);
    expect(lease.tell(300, 0)?.want).toBeGreaterThan(0);
    lease.answered(0, 300, 300, true);
    expect(lease.tell(700, 0)).toBeUndefined();
    lease.asked(1, 710);
    expect(lease.tell(720, 1)?.want).toBeGreaterThan(0);
  });

  test("of a short amount it keeps what it is expected to spend, and no more", () => {
    const lease = granted(100);
    lease.asked(20, 100);
    lease.spend(20, 100);
    lease.tell(200, 1);
    lease.answered(0, 200, 200, false);
    // 120 asked for in 200 ms, then nothing.
    expect(lease.tell(530, 0)).toBeUndefined();
    expect(lease.left(530)).toBe(80);
    expect(lease.tell(860, 0)?.give).toBe(80);
  });

  test("is renewed when half of it is spent, for what is expected until the next look: twice where there is plenty", () => {
    const lease = new Lease(0);
    lease.asked(100, 0);
    // 100 in 200 ms: half a one each millisecond.
    expect(lease.tell(200, 0)).toMatchObject({ hold: 0, want: HORIZON_MS });
    lease.answered(HORIZON_MS, 200, 210);
    expect(lease.tell(220, 0)).toBeUndefined();
    lease.spend(HORIZON_MS / 2, 220);
    expect(lease.tell(230, 0)).toBeUndefined();
    lease.spend(1, 230);
    expect(lease.tell(240, 0)).toMatchObject({ hold: HORIZON_MS / 2 - 1, want: HORIZON_MS / 2 + 1 });
    lease.answered(0, 240, 240, false);
    expect(lease.tell(250, 0)).toBeUndefined();
  });

  test("is renewed in time when it is used slowly, and kept as large as it was", () => {
    const lease = granted(10);
    lease.asked(1, 600);
    lease.spend(1, 600);
    lease.asked(1, 1_100);
    lease.spend(1, 1_100);
    expect(lease.tell(1_150, 0)).toMatchObject({ hold: 8, want: 2 });
    lease.answered(0, 1_150, 1_160);
    expect(lease.left(1_150 + LEASE_MS - 1)).toBe(8);
  });

  test("may be taken out of it, and is given back by the next trade", () => {
    const lease = granted(10);
    lease.spend(3, 0);
    expect(lease.take(10)).toBe(7);
    expect(lease.left(10)).toBe(0);
    expect(lease.tell(10, 0)).toMatchObject({ hold: 0, give: 7 });
    expect(granted(10).take(LEASE_MS)).toBe(0);
  });

  test("counts from when it was asked for, so that it never outlives what the store remembers", () => {
    const lease = new Lease(0);
    lease.tell(0, 5);
    lease.answered(5, 0, 1_900);
    expect(lease.left(1_999)).toBe(5);
    expect(lease.left(2_000)).toBe(0);
    lease.tell(2_000, 5);
    lease.answered(5, 2_000, 4_000);
    expect(lease.left(4_000)).toBe(0);
    expect(lease.tell(4_000, 0)).toMatchObject({ give: 5 });
  });

  test("of a window that is over nothing is left", () => {
    const lease = granted(5);
    lease.spend(7, 0);
    lease.clear();
    expect(lease.left(0)).toBe(0);
    expect(lease.idle).toBe(true);
    expect(lease.tell(0, 0)).toBeUndefined();
  });

  test("is given up whole when the instance goes", () => {
    const lease = granted(5);
    lease.asked(100, 10);
    lease.surrender();
    expect(lease.tell(20, 0)).toMatchObject({ hold: 0, give: 5, want: 0 });
  });

  test("what the store took out is spent, held, or given back: never more, never less", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("spend" as const), n: fc.integer({ min: 1, max: 20 }) }),
      fc.record({ do: fc.constant("refund" as const), n: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ do: fc.constant("trade" as const), n: fc.integer({ min: 0, max: 50 }) }),
      fc.record({ do: fc.constant("wait" as const), n: fc.integer({ min: 1, max: 1_500 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const lease = new Lease(0);
        let now = 0;
        let out = 0;
        let spent = 0;
        for (const { do: what, n } of steps) {
          if (what === "wait") now += n;
          else if (what === "spend") {
            lease.asked(n, now);
            lease.spend(n, now);
            spent += n;
          } else if (what === "refund") {
            lease.refund(n);
            spent -= n;
          } else {
            const told = lease.tell(now, n);
            if (told === undefined) continue;
            out += told.debit - told.give + n;
            lease.answered(n, now, now);
          }
        }
        const last = lease.tell(now + 10_000, 1);
        out += (last?.debit ?? 0) - (last?.give ?? 0);
        expect(out).toBe(spent);
      }),
    );
  });
});
