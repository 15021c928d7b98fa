// Tests of the fair queue's bounds: who is let in, who makes room, and what is remembered of whom.

import { describe, expect, test } from "vitest";
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

const dropped = (queue: FairQueue<string>, now: number) => queue.sweep(now).map(({ entry, why }) => [entry.item, why]);

describe("room", () => {
  const numbers = { ...CALM, capacity: 20 };

  test("a more urgent newcomer displaces the youngest of the fullest tenant in the least urgent class", () => {
    const queue = new FairQueue<string>(numbers);
    for (let i = 0; i < 4; i++) pushed(queue, i, asks(`a${i}`, { priority: "batch", tenant: "a" }));
    for (let i = 0; i < 8; i++) pushed(queue, 4 + i, asks(`b${i}`, { priority: "batch", tenant: "b" }));
    for (let i = 0; i < 8; i++) pushed(queue, 20, asks(`g${i}`, { priority: "agent" }));
    const result = queue.push(asks("new"), 30);
    expect(result).toMatchObject({ ticket: { item: "new" }, displaced: { item: "b7" } });
    expect(queue.size).toBe(20);
  });

  test("a newcomer that is less urgent is refused, and one of a tenant that has no less than the others", () => {
    const queue = new FairQueue<string>(numbers);
    for (let i = 0; i < 10; i++)
      for (const tenant of ["a", "b"]) pushed(queue, 0, asks(tenant, { tenant, priority: "agent" }));
    expect(queue.push(asks("x", { priority: "agent", tenant: "a" }), 1)).toEqual({ refused: "full" });
    pushed(queue, 1, asks("bg", { priority: "background" }));
    pushed(queue, 1, asks("bg", { priority: "background" }));
    expect(queue.push(asks("bg", { priority: "background" }), 1)).toEqual({ refused: "full" });
  });

  test("a flood cannot keep others of its class out: each newcomer takes the place of the flood's youngest", () => {
    const queue = new FairQueue<string>(numbers);
    for (let i = 0; i < 20; i++) pushed(queue, i, asks(`f${i}`, { tenant: "flood" }));
    expect(queue.push(asks("l"), 30)).toMatchObject({ displaced: { item: "f19" } });
    expect(queue.push(asks("f", { tenant: "flood" }), 31)).toEqual({ refused: "full" });
  });

  test("nobody takes a place to have more than the one who gives it", () => {
    const queue = new FairQueue<string>({ ...CALM, capacity: 3 });
    for (const tenant of ["a", "a", "b"]) pushed(queue, 0, asks(tenant, { tenant }));
    expect(queue.push(asks("b", { tenant: "b" }), 1)).toEqual({ refused: "full" });
    expect(queue.push(asks("b", { tenant: "b", weight: 2 }), 1)).toMatchObject({ displaced: { item: "a" } });
  });

  test("a class keeps its share of the places against more urgent ones, and gets it back from them", () => {
    const queue = new FairQueue<string>(numbers);
    for (let i = 0; i < 20; i++) pushed(queue, i, asks(`i${i}`));
    expect(queue.push(asks("batch", { priority: "batch" }), 30)).toMatchObject({ displaced: { item: "i19" } });
    expect(queue.push(asks("late"), 31)).toEqual({ refused: "full" });
    expect(queue.push(asks("batch", { priority: "batch" }), 32)).toEqual({ refused: "full" });
  });

  test("one that had its turn finds room wherever anybody has not had one", () => {
    const queue = new FairQueue<string>({ ...CALM, capacity: 2 });
    pushed(queue, 0, asks("a"));
    pushed(queue, 0, asks("b"));
    expect(queue.push(asks("r1", { resumed: true }), 1)).toMatchObject({ displaced: { item: "b" } });
    expect(queue.push(asks("r2", { resumed: true }), 1)).toMatchObject({ displaced: { item: "a" } });
    expect(queue.push(asks("r3", { resumed: true }), 1)).toEqual({ refused: "full" });
  });

  test("what has run out of time makes room by itself", () => {
    const queue = new FairQueue<string>({ capacity: 1 });
    pushed(queue, 0, asks("a"));
    expect(queue.push(asks("b"), 2_000)).toMatchObject({ ticket: { item: "b" }, displaced: undefined });
    expect(dropped(queue, 2_000)).toEqual([["a", "max_wait"]]);
  });
});

describe("memory", () => {
  test("tenants are bounded, share one account beyond, and are served all the same", () => {
    const queue = new FairQueue<string>({ ...CALM, tenants: 10 });
    for (let i = 0; i < 100; i++) pushed(queue, 0, asks(`${i}`, { tenant: `t${i}` }));
    expect(queue.snapshot(0)[0]?.tenants).toHaveLength(11);
    expect(takeAll(queue, 0)).toHaveLength(100);
  });

  test("lanes are forgotten when nobody waits in them", () => {
    const queue = new FairQueue<string>(CALM);
    const all = Array.from({ length: 50 }, (_, i) =>
      pushed(queue, 0, asks(`${i}`, { lane: `${i}`, resumed: i % 5 === 0 })),
    );
    for (const one of all.slice(0, 20)) queue.leave(one, 0);
    expect(queue.lanes).toBe(30);
    takeAll(queue, 0);
    expect(queue.lanes).toBe(0);
  });

  test("an idle tenant is forgotten, but not while others have been served less", () => {
    const queue = new FairQueue<string>({ ...CALM, tenants: 2 });
    const twice = (now: number) => {
      pushed(queue, now, asks("greedy", { tenant: "greedy" }));
      for (let i = 0; i < 5; i++) pushed(queue, now, asks("a", { tenant: "a" }));
    };
    twice(0);
    queue.take(0, any);
    queue.charge("interactive", "greedy", 250, 0);
    queue.sweep(700_000);
    pushed(queue, 700_000, asks("greedy", { tenant: "greedy" }));
    expect(Array.from({ length: 6 }, () => queue.take(700_000, any)?.item)).toEqual([
      "a",
      "a",
      "a",
      "a",
      "greedy",
      "a",
    ]);
  });
});
