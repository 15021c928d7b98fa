// Tests of the store of answers: bounded by bytes, the least recently used first; early renewal as often as the paper says.

import { seededRandom } from "@fairlead/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AnswerStore, type Kept, renewsEarly } from "./answer-store.ts";

interface Entry extends Kept {
  readonly name: string;
}
const entry = (name: string, size: number, until = 1_000): Entry => ({ name, size, at: 0, until, tookMs: 100 });

test("behaves as a list by last use, bounded by its bytes, under any sequence", () => {
  const act = fc.record({
    put: fc.boolean(),
    key: fc.integer({ min: 0, max: 5 }),
    size: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const store = new AnswerStore<Entry>(100);
      let model: Entry[] = [];
      for (const { put, key, size } of acts) {
        const name = String(key);
        if (put) {
          store.put(name, entry(name, size));
          model = [...model.filter((one) => one.name !== name), entry(name, size)];
          while (model.reduce((sum, one) => sum + one.size, 0) > 100) model.shift();
        } else {
          const found = model.find((one) => one.name === name);
          expect(store.get(name, 0)?.size).toBe(found?.size);
          if (found !== undefined) model = [...model.filter((one) => one !== found), found];
        }
        expect([store.size, store.bytes]).toEqual([model.length, model.reduce((sum, one) => sum + one.size, 0)]);
      }
    }),
  );
});

test("what has lapsed is gone, what is larger than the store is not taken and leaves no older one behind", () => {
  const store = new AnswerStore<Entry>(100);
  store.put("a", entry("a", 10, 500));
  expect(store.get("a", 499)?.name).toBe("a");
  expect(store.get("a", 500)).toBeUndefined();
  expect([store.size, store.bytes]).toEqual([0, 0]);
  store.put("b", entry("b", 10));
  expect(store.put("b", entry("b", 101))).toBe(false);
  expect([store.get("b", 0), store.bytes]).toEqual([undefined, 0]);
});

test("renews with the probability e^(-left / (beta * took))", () => {
  const random = seededRandom("xfetch");
  const share = (left: number, beta: number) => {
    let renewed = 0;
    for (let i = 0; i < 20_000; i++) if (renewsEarly(entry("a", 1, left), 0, beta, random)) renewed += 1;
    return renewed / 20_000;
  };
  expect(share(100, 1)).toBeCloseTo(Math.exp(-1), 1);
  expect(share(200, 1)).toBeCloseTo(Math.exp(-2), 1);
  expect(share(200, 4)).toBeCloseTo(Math.exp(-0.5), 1);
  expect(share(100, 0)).toBe(0);
  expect(share(10_000, 1)).toBe(0);
});
