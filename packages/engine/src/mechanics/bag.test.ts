// The bag against a Set, under any order of calls.

import fc from "fast-check";
import { expect, it } from "vitest";
import { Bag, type Bagged } from "./bag.ts";

it("holds what a Set holds", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(7)), { maxLength: 60 }), (calls) => {
      const things: Bagged[] = Array.from({ length: 8 }, () => ({ place: -1 }));
      const bag = new Bag<Bagged>();
      const set = new Set<Bagged>();
      for (const [add, which] of calls) {
        const thing = things[which] as Bagged;
        if (add && !set.has(thing)) {
          bag.add(thing);
          set.add(thing);
        } else if (!add) expect(bag.delete(thing)).toBe(set.delete(thing));
        expect(bag.size).toBe(set.size);
        expect(new Set(bag.all())).toEqual(set);
        for (const one of things) expect(bag.has(one)).toBe(set.has(one));
      }
    }),
  );
});

it("does not take what is in another bag for its own", () => {
  const [a, b] = [{ place: -1 }, { place: -1 }];
  const one = new Bag<Bagged>();
  const other = new Bag<Bagged>();
  one.add(a);
  other.add(b);
  expect([one.has(b), one.delete(b), one.size]).toEqual([false, false, 1]);
});

it("may be changed while it is walked", () => {
  const bag = new Bag<Bagged>();
  const things = Array.from({ length: 5 }, () => ({ place: -1 }));
  for (const one of things) bag.add(one);
  const seen: Bagged[] = [];
  for (const one of bag.all()) {
    seen.push(one);
    bag.delete(one);
  }
  expect(seen).toEqual(things);
  expect(bag.size).toBe(0);
});
