// Tests of the laws of the fair queue that hold for all inputs: conservation, capacity, fairness, floors, no starvation.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PRIORITIES, type Priority } from "../exchange.ts";
import { type Asking, type Entry, FairQueue } from "./fair-queue.ts";
import type { QueueNumbers } from "./queue-numbers.ts";

const FOREVER = { interactive: 1e9, agent: 1e9, background: 1e9, batch: 1e9 };
const CALM: Partial<QueueNumbers> = { maxWaitMs: FOREVER, ageMs: 1e12, intervalMs: 1e12, capacity: 10_000 };
const any = () => true;

function asks(item: string, more: Partial<Asking<string>> = {}): Asking<string> {
  return { item, priority: "interactive", tenant: "t", lane: "m", cost: 100, deadline: Infinity, ...more };
}

function pushed(queue: FairQueue<string>, now: number, asking: Asking<string>): Entry<string> {
  const result = queue.push(asking, now);
  if (result.refused !== undefined) throw new Error(`refused: ${result.refused}`);
  return result.ticket;
}

type Op =
  | { readonly kind: "push"; readonly asking: Omit<Asking<number>, "item"> }
  | { readonly kind: "take"; readonly lanes: number }
  | { readonly kind: "leave"; readonly which: number }
  | { readonly kind: "charge"; readonly priority: Priority; readonly tenant: string; readonly cost: number }
  | { readonly kind: "sweep" };

const askings = fc.record({
  priority: fc.constantFrom(...PRIORITIES),
  tenant: fc.constantFrom("a", "b", "c", "d"),
  lane: fc.constantFrom("m", "n"),
  cost: fc.integer({ min: 0, max: 1_000 }),
  weight: fc.constantFrom(1, 1, 3),
  deadline: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 200_000 })),
  serviceMs: fc.constantFrom(0, 500),
  resumed: fc.constantFrom(false, false, false, true),
});

const ops: fc.Arbitrary<readonly (readonly [number, Op])[]> = fc.array(
  fc.tuple(
    fc.oneof(fc.constant(0), fc.double({ min: 0, max: 300, noNaN: true }), fc.integer({ min: 0, max: 20_000 })),
    fc.oneof(
      { weight: 5, arbitrary: askings.map((asking): Op => ({ kind: "push", asking })) },
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }).map((lanes): Op => ({ kind: "take", lanes })) },
      { weight: 1, arbitrary: fc.nat(200).map((which): Op => ({ kind: "leave", which })) },
      {
        weight: 1,
        arbitrary: fc
          .tuple(
            fc.constantFrom(...PRIORITIES),
            fc.constantFrom("a", "b", "c", "z"),
            fc.integer({ min: -500, max: 900 }),
          )
          .map(([priority, tenant, cost]): Op => ({ kind: "charge", priority, tenant, cost })),
      },
      { weight: 2, arbitrary: fc.constant<Op>({ kind: "sweep" }) },
    ),
  ),
  { maxLength: 120 },
);

/** Runs calls against a queue and checks after each what must always hold; returns all that came back. */
function run(calls: readonly (readonly [number, Op])[], capacity: number): unknown[] {
  const queue = new FairQueue<number>({ capacity, tenants: 3 });
  const waiting = new Map<number, Entry<number>>();
  const heard: unknown[] = [];
  const gone = (item: number, how: string) => {
    expect(waiting.delete(item), `${item} left twice: ${how}`).toBe(true);
    heard.push([item, how]);
  };
  let now = 0;
  let items = 0;
  const told = () => {
    for (const { entry, why } of queue.sweep(now)) {
      if (why === "overload") expect(now - entry.since).toBeGreaterThanOrEqual(200);
      gone(entry.item, why);
    }
  };
  for (const [later, op] of calls) {
    now += later;
    if (op.kind === "push") {
      const item = items++;
      const result = queue.push({ ...op.asking, item }, now);
      if (result.refused !== undefined) heard.push([item, result.refused]);
      else {
        waiting.set(item, result.ticket);
        if (result.displaced !== undefined) gone(result.displaced.item, "displaced");
      }
    } else if (op.kind === "take") {
      const lanes = ["m", "n"].filter((_, i) => (op.lanes & (1 << i)) !== 0);
      const entry = queue.take(now, (item) => lanes.includes((waiting.get(item) as Entry<number>).lane));
      told();
      if (entry !== undefined) {
        gone(entry.item, "taken");
        expect(lanes).toContain(entry.lane);
      } else expect([...waiting.values()].filter(({ lane }) => lanes.includes(lane))).toEqual([]);
    } else if (op.kind === "leave") {
      const entry = [...waiting.values()][op.which % Math.max(1, waiting.size)];
      if (entry !== undefined && queue.leave(entry, now)) {
        gone(entry.item, "left");
        expect(queue.leave(entry, now)).toBe(false);
      }
    } else if (op.kind === "charge") queue.charge(op.priority, op.tenant, op.cost, now);
    else told();
    expect(queue.size).toBeLessThanOrEqual(capacity);
    for (const entry of waiting.values()) {
      const place = queue.placeOf(entry, now);
      if (place !== undefined) expect(place).toBeLessThan(queue.size);
    }
  }
  told();
  expect(queue.size).toBe(waiting.size);
  while (queue.size > 0) gone((queue.take(now, any) as Entry<number>).item, "taken");
  told();
  expect(waiting.size).toBe(0);
  return heard;
}

describe("for all calls", () => {
  test("each entry leaves exactly once, capacity holds, what fits is never left waiting, and the same calls give the same", () => {
    fc.assert(
      fc.property(ops, fc.integer({ min: 0, max: 30 }), (calls, capacity) => {
        expect(run(calls, capacity)).toEqual(run(calls, capacity));
      }),
      { numRuns: 300 },
    );
  });

  test("sweeping whenever nextSweepMs says leaves nobody past its time, and comes to rest", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ min: 0, max: 5_000, noNaN: true }), askings), { maxLength: 60 }),
        (calls) => {
          const queue = new FairQueue<number>({ capacity: 1_000 });
          let now = 0;
          let told = 0;
          let kept = 0;
          const until = (end: number) => {
            for (let turns = 0; ; turns++) {
              expect(turns).toBeLessThan(1_000);
              const ms = queue.nextSweepMs(now);
              if (now + ms > end || ms === Number.POSITIVE_INFINITY) break;
              now += ms;
              for (const { entry, why } of queue.sweep(now)) {
                told += 1;
                if (why !== "overload" && entry.priority === "interactive")
                  expect(now - entry.since).toBeLessThanOrEqual(2_001);
              }
            }
            now = Math.max(now, end);
          };
          for (const [later, asking] of calls) {
            until(now + later);
            if (queue.push({ ...asking, item: 0 }, now).refused === undefined) kept += 1;
          }
          until(now + 2_000_000);
          expect([queue.size, told]).toEqual([0, kept]);
        },
      ),
    );
  });

  const loads = fc.array(fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 1_000 })), { minLength: 50, maxLength: 300 });

  test("two tenants who wait all the time are served costs that differ by at most twice the largest", () => {
    fc.assert(
      fc.property(loads, fc.constantFrom(1, 2, 5), (costs, weight) => {
        const queue = new FairQueue<string>(CALM);
        const names = ["a", "b", "c", "d"];
        const next = [...costs];
        const refill = (tenant: string) => {
          const [, cost] = next.shift() ?? [0, 500];
          pushed(queue, 0, asks(tenant, { tenant, cost, weight: tenant === "a" ? weight : 1 }));
        };
        for (const tenant of names) for (let i = 0; i < 3; i++) refill(tenant);
        const served = new Map(names.map((tenant) => [tenant, 0]));
        for (let i = 0; i < 200; i++) {
          const entry = queue.take(0, any) as Entry<string>;
          served.set(
            entry.tenant,
            (served.get(entry.tenant) as number) + entry.cost / (entry.tenant === "a" ? weight : 1),
          );
          refill(entry.tenant);
          const all = [...served.values()];
          expect(Math.max(...all) - Math.min(...all)).toBeLessThanOrEqual(2 * 1_000);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("a tenant that was away is served before one that waits all the time by at most what it saved, and is never behind", () => {
    fc.assert(
      fc.property(loads, fc.nat(120), (costs, away) => {
        const queue = new FairQueue<string>(CALM);
        const next = [...costs];
        const refill = (tenant: string) => {
          const [, cost] = next.shift() ?? [0, 500];
          pushed(queue, 0, asks(tenant, { tenant, cost }));
        };
        refill("away");
        queue.take(0, any);
        for (let i = 0; i < 3; i++) refill("here");
        for (let i = 0; i < away; i++) {
          queue.take(0, any);
          refill("here");
        }
        for (let i = 0; i < 3; i++) refill("away");
        let ahead = 0;
        for (let i = 0; i < 100; i++) {
          const entry = queue.take(0, any) as Entry<string>;
          ahead += entry.tenant === "away" ? entry.cost : -entry.cost;
          expect(ahead).toBeLessThanOrEqual((2 + 2) * 1_000);
          expect(ahead).toBeGreaterThanOrEqual(-2 * 1_000);
          refill(entry.tenant);
        }
      }),
      { numRuns: 50 },
    );
  });

  test("no class falls further behind its floor while it waits than four of the largest costs", () => {
    fc.assert(
      fc.property(loads, (pattern) => {
        const queue = new FairQueue<string>(CALM);
        const since = PRIORITIES.map(() => ({ served: 0, all: 0 }));
        const floors = [0.6, 0.25, 0.1, 0.05];
        for (let i = 0; i < 400; i++) {
          const [off, cost] = pattern[i % pattern.length] as [number, number];
          // Each class pauses in some rounds; what waits when it comes back counts from there.
          for (const [at, priority] of PRIORITIES.entries()) {
            const waits = queue.snapshot(0)[at]?.waiting ?? 0;
            if (waits === 0 && (at !== off || i % 40 > 20)) pushed(queue, 0, asks("x", { priority, cost }));
            if (waits === 0) since[at] = { served: 0, all: 0 };
            else if (waits < 3 && i % 100 < 80) pushed(queue, 0, asks("x", { priority, cost }));
          }
          const waiting = queue.snapshot(0).map(({ waiting: n }) => n > 0);
          const entry = queue.take(0, any);
          if (entry === undefined) continue;
          for (const [at, sum] of since.entries()) {
            if (waiting[at] !== true) continue;
            sum.all += entry.cost;
            if (PRIORITIES[at] === entry.priority) sum.served += entry.cost;
            expect(sum.served).toBeGreaterThanOrEqual((floors[at] as number) * sum.all - 4 * 1_000);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  test("with all classes waiting each gets its floor, with two the rest goes to the more urgent", () => {
    const share = (classes: readonly Priority[]) => {
      const queue = new FairQueue<string>(CALM);
      const served: { [priority: string]: number } = {};
      for (let i = 0; i < 2_000; i++) {
        for (const priority of classes) pushed(queue, 0, asks("x", { priority, tenant: `${i % 7}` }));
        const entry = queue.take(0, any) as Entry<string>;
        served[entry.priority] = (served[entry.priority] ?? 0) + 1;
      }
      return classes.map((one) => Math.round(((served[one] ?? 0) / 2_000) * 100));
    };
    expect(share(PRIORITIES)).toEqual([60, 25, 10, 5]);
    expect(share(["interactive", "batch"])).toEqual([95, 5]);
    expect(share(["background", "batch"])).toEqual([95, 5]);
  });

  test("nobody starves: under more urgent traffic without end each entry goes, its own tenant's newer ones notwithstanding", () => {
    fc.assert(
      fc.property(fc.constantFrom(...PRIORITIES), fc.integer({ min: 1, max: 20 }), (priority, floods) => {
        const queue = new FairQueue<string>({ ...CALM, ageMs: 30_000 });
        pushed(queue, 0, asks("patient", { priority }));
        let now = 0;
        for (let i = 0; ; i++) {
          expect(i).toBeLessThan(300 + 50 * (floods + 5));
          now += 100;
          for (const urgent of PRIORITIES) {
            for (let f = 0; f < 2; f++)
              pushed(queue, now, asks("x", { priority: urgent, tenant: `${(i + f) % floods}`, deadline: now + 9_000 }));
          }
          pushed(queue, now, asks("x", { priority, deadline: now + 9_000 }));
          if (queue.take(now, any)?.item === "patient") break;
        }
      }),
      { numRuns: 20 },
    );
  });
});
