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

  test("one that nobody uses is given back before it runs out", () => {
    const lease = granted(10);
    expect(lease.tell(900, 0)).toBeUndefined();
    expect(lease.tell(1_100, 0)).toMatchObject({ hold: 0, give: 10, want: 0 });
  });

  test("is renewed when half of it is spent, for what is expected until the next look", () => {
    const lease = new Lease(0);
    lease.asked(100, 0);
    // 100 in 200 ms: half a one each millisecond.
    expect(lease.tell(200, 0)).toMatchObject({ hold: 0, want: 0.5 * HORIZON_MS });
    lease.answered(125, 200, 210);
    expect(lease.tell(220, 0)).toBeUndefined();
    lease.asked(60, 220);
    lease.spend(60, 220);
    expect(lease.tell(230, 0)).toBeUndefined();
    lease.spend(10, 230);
    expect(lease.tell(240, 0)).toMatchObject({ hold: 55, want: 70 });
  });

  test("is renewed in time when it is used slowly", () => {
    const lease = granted(10);
    lease.asked(1, 600);
    lease.spend(1, 600);
    lease.asked(1, 1_100);
    lease.spend(1, 1_100);
    expect(lease.tell(1_150, 0)).toMatchObject({ hold: 8 });
    lease.answered(0, 1_150, 1_160);
    expect(lease.left(1_150 + LEASE_MS - 1)).toBe(8);
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
