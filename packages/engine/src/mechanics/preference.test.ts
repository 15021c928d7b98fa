// Tests of the preference: noise never changes the order, a real lead does, slowly and not twice in a dwell.

import { seededRandom } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PREFERENCE, Preference } from "./preference.ts";

const names = (one: Preference) => one.order().map(({ region }) => region);

/** Samples of each region once a `stepMs`, until `untilMs`. */
function feed(
  one: Preference,
  latencies: { [region: string]: number },
  fromMs: number,
  untilMs: number,
  stepMs = 500,
): void {
  for (let now = fromMs; now < untilMs; now += stepMs) {
    for (const [region, ms] of Object.entries(latencies)) one.sample(region, ms, now);
  }
}

describe("noise", () => {
  test("that never shows a lead of 20 % and 20 ms changes nothing, however long and in whatever order", () => {
    const world = fc.record({
      base: fc.integer({ min: 1, max: 2_000 }),
      seed: fc.string(),
      steps: fc.integer({ min: 50, max: 600 }),
      stepMs: fc.integer({ min: 1, max: 5_000 }),
      regions: fc.integer({ min: 2, max: 4 }),
    });
    fc.assert(
      fc.property(world, ({ base, seed, steps, stepMs, regions }) => {
        const random = seededRandom(seed);
        const one = new Preference();
        // The best that a later region shows is just not enough against the worst of an earlier one.
        const least = Math.min(base, Math.max(base * 0.8, base - 20) + 0.001);
        for (let i = 0; i < regions; i++) one.name(`r${i}`);
        for (let i = 0; i < steps; i++) {
          const sample =
            random.next() < 0.5 ? (random.next() < 0.5 ? least : base) : least + random.next() * (base - least);
          one.sample(`r${Math.floor(random.next() * regions)}`, sample, i * stepMs);
        }
        expect(one.changes).toBe(0);
        expect(names(one)).toEqual(Array.from({ length: regions }, (_, i) => `r${i}`));
      }),
      { numRuns: 300 },
    );
  });

  test("of a lead that comes and goes within the holding time changes nothing", () => {
    const one = new Preference();
    for (let round = 0; round < 20; round++) {
      const now = round * 20_000;
      feed(one, { a: 200, b: 100 }, now, now + 5_000, 100);
      feed(one, { a: 200, b: 400 }, now + 5_000, now + 20_000, 100);
    }
    expect(one.changes).toBe(0);
  });
});

describe("a lead", () => {
  test("counts after its time and its samples, not before", () => {
    const one = new Preference();
    one.name("a");
    feed(one, { a: 200, b: 100 }, 0, 14_000);
    // Ten samples each are there at 4.5 s; from then on it lasts 10 s.
    expect(names(one)).toEqual(["a", "b"]);
    feed(one, { a: 200, b: 100 }, 14_000, 15_000);
    expect(names(one)).toEqual(["b", "a"]);
    const few = new Preference();
    feed(few, { a: 200, b: 100 }, 0, 9 * 60_000, 60_000);
    expect(names(few)).toEqual(["a", "b"]);
  });

  test("needs both the share and the milliseconds", () => {
    const small = new Preference();
    feed(small, { a: 40, b: 21 }, 0, 60_000);
    expect(names(small)).toEqual(["a", "b"]);
    const slight = new Preference();
    feed(slight, { a: 1_000, b: 801 }, 0, 60_000);
    expect(names(slight)).toEqual(["a", "b"]);
    const both = new Preference();
    feed(both, { a: 1_000, b: 799 }, 0, 60_000);
    expect(names(both)).toEqual(["b", "a"]);
    const enough = new Preference();
    feed(enough, { a: 40, b: 19 }, 0, 60_000);
    expect(names(enough)).toEqual(["b", "a"]);
  });

  test("is not given back before the dwell is over", () => {
    const one = new Preference();
    feed(one, { a: 200, b: 100 }, 0, 15_000);
    expect(names(one)).toEqual(["b", "a"]);
    feed(one, { a: 100, b: 900 }, 15_000, 74_000);
    expect(names(one)).toEqual(["b", "a"]);
    feed(one, { a: 100, b: 900 }, 74_000, 76_000);
    expect(names(one)).toEqual(["a", "b"]);
    expect(one.changes).toBe(2);
  });

  test("never brings more than one change of a region in a dwell, whatever the samples", () => {
    fc.assert(
      fc.property(fc.string(), (seed) => {
        const random = seededRandom(seed);
        const one = new Preference();
        const changedAt = [];
        let changes = 0;
        let slow = 0;
        for (let now = 0; now < 900_000; now += 250) {
          if (random.next() < 0.01) slow = 1 - slow;
          one.sample("a", slow === 0 ? 900 : 100, now);
          one.sample("b", slow === 0 ? 100 : 900, now);
          if (one.changes !== changes) changedAt.push(now);
          changes = one.changes;
        }
        for (const [i, at] of changedAt.slice(1).entries()) {
          expect(at - (changedAt[i] as number)).toBeGreaterThanOrEqual(PREFERENCE.dwellMs);
        }
      }),
      { numRuns: 30 },
    );
  });

  test("of the last of four ends at the front, a place at a time", () => {
    const one = new Preference();
    const latencies = { a: 400, b: 300, c: 200, d: 50 };
    feed(one, latencies, 0, 20_000);
    expect(one.rank("d")).toBeGreaterThan(0);
    feed(one, latencies, 20_000, 400_000);
    expect(names(one)).toEqual(["d", "c", "b", "a"]);
  });
});

test("names, ranks, and what is no latency", () => {
  const one = new Preference();
  one.name("a");
  one.name("b");
  one.name("a");
  for (const junk of [Number.NaN, -1, Number.POSITIVE_INFINITY]) one.sample("b", junk, 0);
  expect(one.order()).toEqual([
    { region: "a", ms: undefined, samples: 0 },
    { region: "b", ms: undefined, samples: 0 },
  ]);
  expect([one.rank("a"), one.rank("b"), one.rank("never")]).toEqual([0, 1, 2]);
  one.sample("b", 10, 0);
  one.sample("b", 20, 0);
  expect(one.order()[1]).toEqual({ region: "b", ms: 15, samples: 2 });
});

test("a lead of few samples does not count, however long it lasts and whoever has few", () => {
  const later = new Preference();
  later.name("a");
  later.name("b");
  for (let i = 0; i < 50; i++) later.sample("a", 200, i * 1_000);
  for (let i = 0; i < 9; i++) later.sample("b", 100, 50_000 + i * 5_000);
  for (let i = 0; i < 50; i++) later.sample("a", 200, 100_000 + i * 1_000);
  expect(names(later)).toEqual(["a", "b"]);
  // A lead that lasts needs its samples too.
  const lasting = new Preference();
  for (let i = 0; i < 20; i++) {
    lasting.sample("a", 200, i * 100);
    lasting.sample("b", 250, i * 100);
  }
  for (let i = 0; i < 12; i++) lasting.sample("b", 10, 3_000 + i);
  expect(lasting.order()[1]?.ms).toBeLessThan(160);
  lasting.sample("b", 10, 30_000);
  expect(names(lasting)).toEqual(["a", "b"]);
  for (let i = 1; i <= 10; i++) lasting.sample("b", 10, 30_000 + i);
  expect(names(lasting)).toEqual(["b", "a"]);
});

test("a mean leans on the newest samples, so that a region that has become quick is known within fifty", () => {
  const one = new Preference();
  feed(one, { a: 200 }, 0, 60_000);
  feed(one, { b: 400 }, 0, 600_000);
  feed(one, { b: 100 }, 600_000, 625_000);
  expect(one.order()[1]?.ms).toBeLessThan(150);
});
