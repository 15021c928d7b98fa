// Tests of the heap: whatever is pushed, moved and taken out, the rest stays in order.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Heap, type HeapItem } from "./heap.ts";

interface Item extends HeapItem {
  key: number;
}

test("for all calls: the first is the least, and what is left comes out sorted", () => {
  const calls = fc.array(fc.tuple(fc.constantFrom("push", "push", "remove", "move"), fc.nat(1_000), fc.nat(100)), {
    maxLength: 150,
  });
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 60 }), calls, (before, changes) => {
      const all = [...before.map((key) => ["push", key, 0] as const), ...changes];
      const heap = new Heap<Item>(1, (a, b) => a.key < b.key);
      const inside: Item[] = [];
      for (const [what, key, which] of all) {
        const one = inside[which % Math.max(1, inside.length)];
        if (what === "push") {
          const item = { key, places: [] };
          inside.push(item);
          heap.push(item);
        } else if (one !== undefined && what === "move") {
          one.key = key;
          heap.moved(one);
        } else if (one !== undefined) {
          inside.splice(inside.indexOf(one), 1);
          heap.remove(one);
          expect(heap.has(one)).toBe(false);
          heap.remove(one);
        }
        expect(heap.items).toHaveLength(inside.length);
        expect(heap.first?.key).toBe(inside.length === 0 ? undefined : Math.min(...inside.map((item) => item.key)));
        for (const item of inside) expect(heap.has(item)).toBe(true);
      }
      const out: number[] = [];
      for (let first = heap.first; first !== undefined; first = heap.first) {
        out.push(first.key);
        heap.remove(first);
      }
      expect(out).toEqual(inside.map((item) => item.key).sort((a, b) => a - b));
    }),
    { numRuns: 300 },
  );
});

test("an item may stand in two heaps", () => {
  const up = new Heap<Item>(0, (a, b) => a.key < b.key);
  const down = new Heap<Item>(1, (a, b) => a.key > b.key);
  for (const key of [3, 1, 2]) {
    const item = { key, places: [] };
    up.push(item);
    down.push(item);
  }
  up.remove(up.first as Item);
  expect([up.first?.key, down.first?.key, up.items.length, down.items.length]).toEqual([2, 3, 2, 3]);
});
