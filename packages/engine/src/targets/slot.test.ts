// Tests of a slot: taken once, freed once, and what it tells of load.

import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { Concurrency } from "../mechanics/concurrency.ts";
import type { Verdict } from "../verdict.ts";
import { Slot } from "./slot.ts";

const concurrency = () => new Concurrency({ ceiling: 1_000, slow: 2.2, overload: 0.1 });

test("is one place from its start until the first word of its end, whatever is told in whatever order", () => {
  const words = fc.array(fc.constantFrom("begun", "failed", "whole", "broken"), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(words, (list) => {
      const one = concurrency();
      const other = new Slot(one, 0);
      const slot = new Slot(one, 0);
      let ended = false;
      expect(one.inFlight).toBe(2);
      for (const [i, word] of list.entries()) {
        if (word === "begun") slot.begun(i, i);
        else if (word === "failed") slot.failed(i, "overloaded", 1);
        else slot.ended(i, word === "whole");
        ended ||= word !== "begun";
        expect(one.inFlight).toBe(ended ? 1 : 2);
      }
      other.failed(9, "cancelled", 1);
      if (!ended) slot.ended(9, true);
      expect(one.inFlight).toBe(0);
    }),
  );
});

test("tells when its content began, once, and how long a whole answer took", () => {
  const one = concurrency();
  const begun = vi.spyOn(one, "begun");
  const ended = vi.spyOn(one, "ended");
  const whole = new Slot(one, 1_000, 900);
  whole.begun(1_200, 180);
  whole.begun(1_300, 280);
  whole.ended(4_000, true);
  const broken = new Slot(one, 1_000);
  broken.begun(1_500, 500);
  broken.ended(4_000, false);
  expect(begun.mock.calls).toEqual([
    [1_200, 1_000, 180, 900],
    [1_500, 1_000, 500, 0],
  ]);
  expect(ended.mock.calls).toEqual([
    [4_000, 3_000],
    [4_000, undefined],
  ]);
});

test.each([
  ["overloaded", "overload"],
  ["timed-out", "overload"],
  ["too-slow", "overload"],
  ["rate-limited", "none"],
  ["upstream-fault", "none"],
  ["unreachable", "none"],
  ["cancelled", "none"],
  ["deadline", "none"],
] as [Verdict, string][])("%s before its content is a sign of %s", (verdict, sign) => {
  const one = concurrency();
  const failed = vi.spyOn(one, "failed");
  new Slot(one, 5, 30).failed(10, verdict, 0.7);
  expect(failed.mock.calls).toEqual([[10, 5, sign, 0.7, 30]]);
});

test("a failure after its content is a broken answer and no sign of overload, an end without content no answer", () => {
  const one = concurrency();
  const failed = vi.spyOn(one, "failed");
  const ended = vi.spyOn(one, "ended");
  const slot = new Slot(one, 0);
  slot.begun(10, 10);
  slot.failed(20, "overloaded", 1);
  expect(ended.mock.calls).toEqual([[20, undefined]]);
  new Slot(one, 0).ended(30, true);
  expect(failed.mock.calls).toEqual([[30, 0, "none", 1, 0]]);
});
