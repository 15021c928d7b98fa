// Tests of the fair queue: its order, who is dropped and displaced, and what a caller learns.

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

function takeAll(queue: FairQueue<string>, now: number): string[] {
  const taken: string[] = [];
  for (let one = queue.take(now, any); one !== undefined; one = queue.take(now, any)) taken.push(one.item);
  return taken;
}

describe("order", () => {
  test("inside a tenant the earliest deadline goes first, then the earliest arrival", () => {
    const queue = new FairQueue<string>(CALM);
    const deadlines = [900, 300, Infinity, 300, 600];
    deadlines.forEach((deadline, i) => {
      pushed(queue, 0, asks(`${i}`, { deadline }));
    });
    expect(takeAll(queue, 1)).toEqual(["1", "3", "4", "0", "2"]);
  });

  test("more urgent classes go first while none is behind its floor", () => {
    const queue = new FairQueue<string>(CALM);
    for (const priority of PRIORITIES.toReversed()) pushed(queue, 0, asks(priority, { priority }));
    expect(queue.take(0, any)?.item).toBe("interactive");
  });

  test("tenants with equal costs take turns, the flood of one notwithstanding", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 20; i++) pushed(queue, 0, asks(`f${i}`, { tenant: "flood" }));
    for (let i = 0; i < 3; i++) pushed(queue, 0, asks(`l${i}`, { tenant: "light" }));
    expect(takeAll(queue, 1).slice(0, 7)).toEqual(["f0", "l0", "f1", "l1", "f2", "l2", "f3"]);
  });

  test("a tenant of weight 3 is served three times the cost", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 40; i++) {
      pushed(queue, 0, asks("a", { tenant: "a", weight: 3 }));
      pushed(queue, 0, asks("b", { tenant: "b" }));
    }
    const first = Array.from({ length: 40 }, () => queue.take(0, any)?.item);
    expect(first.filter((one) => one === "a")).toHaveLength(30);
  });

  test("what turns out dearer is charged later, what turns out cheaper is given back", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 10; i++) for (const tenant of ["a", "b"]) pushed(queue, 0, asks(tenant, { tenant }));
    expect([queue.take(0, any)?.item, queue.take(0, any)?.item]).toEqual(["a", "b"]);
    queue.charge("interactive", "a", 300, 0);
    expect(Array.from({ length: 4 }, () => queue.take(0, any)?.item)).toEqual(["b", "b", "b", "a"]);
    queue.charge("interactive", "b", -1_000, 0);
    expect(Array.from({ length: 3 }, () => queue.take(0, any)?.item)).toEqual(["b", "b", "b"]);
  });

  test("a tenant that comes back has saved up two of the largest costs, however long it was away", () => {
    const queue = new FairQueue<string>(CALM);
    pushed(queue, 0, asks("b", { tenant: "b" }));
    queue.take(0, any);
    for (let i = 0; i < 50; i++) pushed(queue, 0, asks("a", { tenant: "a" }));
    for (let i = 0; i < 30; i++) queue.take(0, any);
    for (let i = 0; i < 10; i++) pushed(queue, 0, asks("b", { tenant: "b" }));
    const next = Array.from({ length: 8 }, () => queue.take(0, any)?.item);
    expect(next).toEqual(["b", "b", "a", "b", "a", "b", "a", "b"]);
  });

  test("what was saved up counts by weight, and a newcomer has saved nothing", () => {
    const queue = new FairQueue<string>(CALM);
    pushed(queue, 0, asks("b", { tenant: "b", weight: 2 }));
    queue.take(0, any);
    for (let i = 0; i < 50; i++) pushed(queue, 0, asks("a", { tenant: "a" }));
    for (let i = 0; i < 30; i++) queue.take(0, any);
    for (let i = 0; i < 10; i++) pushed(queue, 0, asks("new", { tenant: "new" }));
    for (let i = 0; i < 10; i++) pushed(queue, 0, asks("b", { tenant: "b", weight: 2 }));
    const next = Array.from({ length: 6 }, () => queue.take(0, any)?.item);
    expect(next).toEqual(["b", "b", "a", "new", "b", "b"]);
  });

  test("a newcomer to a queue that has just emptied starts where the last one was", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 20; i++) pushed(queue, 0, asks("a", { tenant: "a" }));
    takeAll(queue, 0);
    for (let i = 0; i < 10; i++) pushed(queue, 0, asks("b", { tenant: "b" }));
    for (let i = 0; i < 10; i++) pushed(queue, 0, asks("a", { tenant: "a" }));
    const next = Array.from({ length: 7 }, () => queue.take(0, any)?.item);
    expect(next.filter((one) => one === "a")).toHaveLength(3);
  });

  test("those who went while nobody waited are charged, and hours of it are not held against anybody", () => {
    const queue = new FairQueue<string>(CALM);
    pushed(queue, 0, asks("light", { tenant: "light" }));
    queue.passed("interactive", "heavy", 250, 0);
    for (let i = 0; i < 2; i++) pushed(queue, 0, asks("heavy", { tenant: "heavy" }));
    for (let i = 0; i < 3; i++) pushed(queue, 0, asks("light", { tenant: "light" }));
    expect(takeAll(queue, 0)).toEqual(["light", "light", "light", "heavy", "light", "heavy"]);
    for (let i = 0; i < 1_000; i++) queue.passed("interactive", i % 50 === 0 ? "light" : "heavy", 100, i);
    for (let i = 0; i < 10; i++)
      for (const tenant of ["heavy", "light"]) pushed(queue, 1_000, asks(tenant, { tenant }));
    const next = Array.from({ length: 10 }, () => queue.take(1_000, any)?.item);
    expect(next.filter((one) => one === "light")).toHaveLength(6);
  });

  test("a newcomer that was charged before it ever waited is charged from where the others are", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 30; i++) pushed(queue, 0, asks("a", { tenant: "a" }));
    for (let i = 0; i < 20; i++) queue.take(0, any);
    queue.charge("interactive", "new", 350, 0);
    for (let i = 0; i < 5; i++) pushed(queue, 0, asks("new", { tenant: "new" }));
    expect(Array.from({ length: 5 }, () => queue.take(0, any)?.item)).toEqual(["a", "a", "a", "a", "new"]);
  });

  test("one that had its turn goes before all others and is not charged again", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 4; i++) for (const tenant of ["a", "b"]) pushed(queue, 0, asks(tenant, { tenant }));
    pushed(queue, 0, asks("again", { tenant: "a", priority: "batch", cost: 1e6, resumed: true }));
    expect(Array.from({ length: 5 }, () => queue.take(0, any)?.item)).toEqual(["again", "a", "b", "a", "b"]);
    expect(queue.snapshot(0)[3]?.owed).toBe(0);
  });

  test("what does not fit is passed over, with its lane; others go in the same order", () => {
    const queue = new FairQueue<string>(CALM);
    pushed(queue, 0, asks("big-1", { lane: "big" }));
    pushed(queue, 0, asks("big-2", { lane: "big", tenant: "u" }));
    pushed(queue, 0, asks("small-1", { lane: "small" }));
    pushed(queue, 0, asks("small-2", { lane: "small", priority: "batch" }));
    const asked: string[] = [];
    const fits = (item: string) => {
      asked.push(item);
      return item.startsWith("small");
    };
    expect([queue.take(0, fits)?.item, queue.take(0, fits)?.item, queue.take(0, fits)]).toEqual([
      "small-1",
      "small-2",
      undefined,
    ]);
    expect(asked).toEqual(["big-1", "small-1", "small-2", "big-2"]);
    expect(takeAll(queue, 0)).toEqual(["big-2", "big-1"]);
  });
});

describe("floors", () => {
  test("a class that cannot go saves up no more than four of the largest costs, nor is anybody deeper in debt than one", () => {
    const queue = new FairQueue<string>(CALM);
    pushed(queue, 0, asks("stuck", { priority: "batch", lane: "closed" }));
    for (let i = 0; i < 1_000; i++) {
      pushed(queue, 0, asks("x"));
      pushed(queue, 0, asks("x"));
      expect(queue.take(0, (item) => item === "x")?.priority).toBe("interactive");
    }
    expect(queue.snapshot(0).map(({ owed }) => owed)).toEqual([-100, 0, 0, 400]);
  });

  test("what a class was owed is gone when nobody of it waits; what it owes stays", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 5; i++) pushed(queue, 0, asks("x"));
    const batch = pushed(queue, 0, asks("y", { priority: "batch" }));
    queue.take(0, any);
    expect(queue.snapshot(0)[3]?.owed).toBe(5);
    queue.leave(batch, 0);
    expect(queue.snapshot(0)[3]?.owed).toBe(0);
    pushed(queue, 0, asks("y", { priority: "batch" }));
    queue.take(0, any);
    expect(queue.take(0, any)?.item).toBe("y");
    expect(queue.snapshot(0)[3]?.owed).toBe(-90);
  });
});

describe("ageing", () => {
  test("a class moves up by one for each 30 s that its oldest has waited, and serves that one", () => {
    for (const [waitMs, first] of [
      [59_999, "agent"],
      [90_000, "old"],
    ] as const) {
      const queue = new FairQueue<string>({ ...CALM, ageMs: 30_000 });
      pushed(queue, 0, asks("old", { priority: "batch", deadline: Infinity }));
      pushed(queue, waitMs, asks("new", { priority: "batch", deadline: waitMs + 1_000 }));
      pushed(queue, waitMs, asks("agent", { priority: "agent" }));
      expect(queue.take(waitMs, any)?.item).toBe(first);
    }
  });
});

describe("what a caller learns", () => {
  test("its place, exact among its own, and in turns with other tenants", () => {
    const queue = new FairQueue<string>(CALM);
    const own = Array.from({ length: 5 }, (_, i) => pushed(queue, i, asks(`${i}`)));
    expect(own.map((one) => queue.placeOf(one, 10))).toEqual([0, 1, 2, 3, 4]);
    for (let i = 0; i < 2; i++) pushed(queue, 10, asks(`o${i}`, { tenant: "other" }));
    expect(own.map((one) => queue.placeOf(one, 10))).toEqual([0, 2, 4, 5, 6]);
    pushed(queue, 10, asks("again", { resumed: true }));
    expect(queue.placeOf(own[0] as Entry<string>, 10)).toBe(1);
    const gone = queue.take(10, any) as Entry<string>;
    expect(queue.placeOf(gone, 10)).toBeUndefined();
  });

  test("the wait that the measured rate foretells, and none before anything was measured", () => {
    const queue = new FairQueue<string>(CALM);
    for (let i = 0; i < 50; i++) pushed(queue, 0, asks(`${i}`));
    expect(queue.expectedWaitMs(0, 0)).toBeUndefined();
    for (let now = 100; now <= 3_000; now += 100) queue.take(now, any);
    expect(queue.expectedWaitMs(9, 3_000)).toBeCloseTo(1_000, 6);
    expect(queue.expectedWaitMs(9, 6_000)).toBeGreaterThan(1_500);
  });

  test("those who did not wait say nothing of how fast it goes", () => {
    const queue = new FairQueue<string>(CALM);
    for (let now = 0; now < 1_000; now++) {
      pushed(queue, now, asks("x"));
      queue.take(now, any);
    }
    expect(queue.expectedWaitMs(0, 1_000)).toBeUndefined();
    for (let i = 0; i < 50; i++) pushed(queue, 1_000, asks(`${i}`));
    for (let now = 1_100; now <= 3_000; now += 100) queue.take(now, any);
    expect(queue.expectedWaitMs(9, 3_000)).toBeCloseTo(1_000, 6);
  });

  test("idle time is no slow service", () => {
    const queue = new FairQueue<string>(CALM);
    for (let round = 0; round < 5; round++) {
      const start = round * 600_000;
      for (let i = 0; i < 10; i++) pushed(queue, start, asks(`${i}`));
      for (let i = 1; i <= 10; i++) queue.take(start + i * 100, any);
    }
    expect(queue.expectedWaitMs(9, 10_000_000)).toBeCloseTo(1_000, 6);
  });

  test("the classes and tenants as they stand", () => {
    const queue = new FairQueue<string>(CALM);
    for (const tenant of ["a", "a", "b"]) pushed(queue, 0, asks("x", { tenant, priority: "agent" }));
    queue.take(5, any);
    expect(queue.snapshot(10)[1]).toEqual({
      priority: "agent",
      waiting: 2,
      oldestMs: 10,
      stands: false,
      owed: 0,
      tenants: [
        { tenant: "b", waiting: 1, ahead: 0 },
        { tenant: "a", waiting: 1, ahead: 100 },
      ],
    });
  });
});

test("ten thousand who wait cost no more per turn than a few: fits is asked once", () => {
  const queue = new FairQueue<string>(CALM);
  for (let i = 0; i < 10_000; i++) {
    pushed(
      queue,
      0,
      asks(`${i}`, { tenant: `${i % 300}`, priority: PRIORITIES[i % 4] as Priority, deadline: 1e6 + i }),
    );
  }
  let asked = 0;
  for (let i = 0; i < 10_000; i++) {
    queue.take(0, () => {
      asked += 1;
      return true;
    });
  }
  expect([asked, queue.size]).toEqual([10_000, 0]);
});
