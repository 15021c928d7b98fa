// Tests of a row: the law of it against a slow reading of the same words, for any order of ends.

import fc from "fast-check";
import { expect, test } from "vitest";
import { Row } from "./row.ts";

/** What became of attempts, numbered as they started, in the order in which it became known. */
const ENDS = fc
  .array(fc.constantFrom("bad" as const, "good" as const, "open" as const), { maxLength: 20 })
  .chain((fates) =>
    fc.tuple(
      fc.constant(fates),
      fc.shuffledSubarray([...fates.keys()], { minLength: fates.length, maxLength: fates.length }),
    ),
  );

/** The greatest number by which failures outweigh what is unknown, over all parts of the starts after the newest success. */
function slow(fates: readonly string[]): number {
  const from = fates.lastIndexOf("good") + 1;
  let best = 0;
  for (let a = from; a < fates.length; a++) {
    let sum = 0;
    for (let b = a; b < fates.length; b++) {
      sum += fates[b] === "bad" ? 1 : -1;
      best = Math.max(best, sum);
    }
  }
  return best;
}

test("counts failures over unknown attempts in the best part of what started after the newest success", () => {
  fc.assert(
    fc.property(ENDS, ([fates, order]) => {
      const row = new Row(5);
      const known = fates.map(() => "open" as string);
      for (const [i, n] of order.entries()) {
        const fate = fates[n] as string;
        known[n] = fate;
        if (fate === "bad") row.add(1_000 + i, { n, at: n }, `r${n}`);
        else if (fate === "good") row.good({ n });
        expect(row.count).toBe(slow(known));
      }
    }),
  );
});

test("remembers a bounded number of failures, and enough for the longest row that is asked for", () => {
  const row = new Row(100);
  for (let n = 0; n < 10_000; n++) row.add(n, { n, at: n }, `r${n}`);
  expect(row.ripe(100)).toBe(true);
  expect(row.count).toBe(200);
});
