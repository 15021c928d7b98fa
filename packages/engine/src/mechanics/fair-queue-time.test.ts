// Tests of the fair queue over time: who is dropped and when, lines and classes that stand, and what each waits for.

import { describe, expect, test } from "vitest";
import { type Asking, type Entry, FairQueue } from "./fair-queue.ts";

const FOREVER = { interactive: 1e9, agent: 1e9, background: 1e9, batch: 1e9 };
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

const dropped = (queue: FairQueue<string>, now: number) => queue.sweep(now).map(({ entry, why }) => [entry.item, why]);

describe("time", () => {
  test("nobody waits longer than the class allows; the reason is told once, at the time that was foretold", () => {
    const queue = new FairQueue<string>();
    pushed(queue, 0, asks("a"));
    pushed(queue, 0, asks("b", { priority: "agent" }));
    expect(queue.nextSweepMs(500)).toBe(1_500);
    expect(queue.nextSweepMs(1_999.75)).toBe(1);
    expect(dropped(queue, 1_999)).toEqual([]);
    expect(dropped(queue, 2_000)).toEqual([["a", "max_wait"]]);
    expect(dropped(queue, 2_000)).toEqual([]);
    expect(queue.nextSweepMs(2_000)).toBe(8_000);
  });

  test("a deadline that the answer can no longer meet ends the wait, and is refused at once when it never could", () => {
    const queue = new FairQueue<string>();
    pushed(queue, 0, asks("a", { deadline: 1_500, serviceMs: 400 }));
    expect(queue.push(asks("b", { deadline: 300, serviceMs: 400 }), 0)).toEqual({ refused: "deadline" });
    expect(queue.nextSweepMs(0)).toBe(1_100);
    expect(queue.take(1_100, any)).toBeUndefined();
    expect(queue.nextSweepMs(1_100)).toBe(0);
    expect(dropped(queue, 1_100)).toEqual([["a", "deadline"]]);
    expect(queue.nextSweepMs(1_100)).toBe(Infinity);
  });

  test("a queue that stood for the interval serves the newest first, until it was empty", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: { ...FOREVER, interactive: 1e9 } });
    for (let i = 0; i < 4; i++) pushed(queue, i * 500, asks(`${i}`));
    pushed(queue, 1_990, asks("4"));
    expect(queue.take(1_999, any)?.item).toBe("0");
    expect(queue.snapshot(1_999)[0]?.stands).toBe(false);
    expect(queue.take(2_000, any)?.item).toBe("4");
    expect(queue.snapshot(2_000)[0]?.stands).toBe(true);
    takeAll(queue, 2_001);
    expect(queue.snapshot(9_000)[0]?.stands).toBe(false);
    pushed(queue, 2_002, asks("x"));
    pushed(queue, 2_003, asks("y"));
    expect(queue.take(2_004, any)?.item).toBe("x");
  });

  test("while it stands its oldest are dropped after interval / sqrt(count) each, but never the last one", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    for (let i = 0; i < 6; i++) pushed(queue, 0, asks(`${i}`));
    const times: number[] = [];
    for (let now = 0; now < 20_000; now += Math.max(1, Math.min(queue.nextSweepMs(now), 500))) {
      for (const { entry, why } of queue.sweep(now)) {
        expect([entry.item, why]).toEqual([`${times.length}`, "overload"]);
        times.push(now);
      }
    }
    const law = [2_000];
    for (let count = 1; count < 5; count++) law.push((law.at(-1) as number) + 2_000 / Math.sqrt(count));
    expect(times).toHaveLength(5);
    for (const [i, at] of times.entries()) expect(Math.abs(at - (law[i] as number))).toBeLessThanOrEqual(1);
    expect(queue.size).toBe(1);
  });

  test("whoever floods has its own newest first and its own oldest dropped; others of its class notice nothing", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    for (let i = 0; i < 20; i++) pushed(queue, 0, asks(`f${i}`, { tenant: "flood" }));
    pushed(queue, 2_300, asks("l0", { tenant: "light" }));
    pushed(queue, 2_310, asks("l1", { tenant: "light" }));
    expect(dropped(queue, 4_000)).toEqual([
      ["f0", "overload"],
      ["f1", "overload"],
    ]);
    const taken = Array.from({ length: 4 }, () => queue.take(4_000, any)?.item);
    expect(taken).toEqual(["f19", "l0", "f18", "l1"]);
  });

  test("a line that now and then serves one quickly does not stand", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    pushed(queue, 0, asks("old", { lane: "closed" }));
    for (let now = 0; now < 10_000; now += 100) {
      pushed(queue, now, asks(`${now}`));
      expect(queue.take(now + 50, (item) => item !== "old")?.item).toBe(`${now}`);
    }
    expect(queue.snapshot(10_000)[0]?.stands).toBe(false);
    expect(queue.take(10_000, any)?.item).toBe("old");
  });

  test("a line stands and is shortened while others of its class are served quickly, as if it were alone", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    for (let i = 0; i < 9; i++) pushed(queue, 0, asks(`f${i}`, { tenant: "flood", lane: "closed" }));
    const lost: unknown[] = [];
    for (let now = 0; now < 4_500; now += 100) {
      pushed(queue, now, asks("light", { tenant: "light" }));
      expect(queue.take(now + 10, (item) => item === "light")?.tenant).toBe("light");
      lost.push(...dropped(queue, now + 10).map(([item]) => item));
    }
    expect(lost).toEqual(["f0", "f1"]);
  });

  test("in front of slow answers nobody is dropped, nor newest first, before twice as long as one takes", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    queue.pace(10_000);
    for (let i = 0; i < 9; i++) pushed(queue, 0, asks(`${i}`));
    expect(dropped(queue, 19_999)).toEqual([]);
    expect(queue.take(19_999, any)?.item).toBe("0");
    expect(dropped(queue, 20_000)).toEqual([["1", "overload"]]);
    expect(queue.take(20_000, any)?.item).toBe("8");
  });

  test("too many with one each: the class stands, and the oldest is dropped", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    for (let i = 0; i < 20; i++) pushed(queue, i, asks(`${i}`, { tenant: `t${i}` }));
    expect(queue.nextSweepMs(1_000)).toBe(1_000);
    expect(dropped(queue, 2_000).map(([, why]) => why)).toEqual(["overload"]);
    expect(queue.snapshot(2_000)[0]?.stands).toBe(true);
  });

  test("what has waited no longer than the target is not dropped, however long others have waited", () => {
    const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
    const old = pushed(queue, 0, asks("old"));
    pushed(queue, 1_950, asks("young"));
    pushed(queue, 1_980, asks("younger"));
    queue.leave(old, 1_999);
    expect(queue.nextSweepMs(2_000)).toBe(150);
    expect(dropped(queue, 2_149)).toEqual([]);
    expect(dropped(queue, 2_150)).toEqual([["young", "overload"]]);
  });
});

test("for a queue that stands the tenant with the most pays, not who has waited longest", () => {
  const queue = new FairQueue<string>({ capacity: 100, maxWaitMs: FOREVER });
  pushed(queue, 0, asks("light", { tenant: "light" }));
  for (let i = 0; i < 5; i++) pushed(queue, 10, asks(`f${i}`, { tenant: "flood" }));
  expect(dropped(queue, 2_000)).toEqual([["f0", "overload"]]);
});
