// Tests that long prompts, whose content is due later, are not taken for a slow upstream.

import { expect, test } from "vitest";
import { Concurrency } from "./concurrency.ts";

/**
 * A limit after some refusals, then `long` requests, one started every 100 ms, each with content after 200 ms and what
 * its prompt takes. Returns what was cut and why.
 */
function afterLong(promptMs: number, toldMs: number) {
  const limit = new Concurrency({ ceiling: 1_000, slow: 2.2, overload: 0.1 });
  let now = 0;
  for (let i = 0; i < 200; i++, now += 100) {
    limit.enter(now);
    limit.begun(now + 50, now, 200);
    limit.ended(now + 50, 50);
  }
  for (let i = 0; i < 16; i++, now += 100) {
    limit.enter(now);
    limit.failed(now + 15, now, "overload", 1);
  }
  const refused = limit.why;
  const open: number[] = [];
  for (let i = 0; i < 200; i++, now += 100) {
    const ready = open[0];
    if (ready !== undefined && now >= ready + 200 + promptMs) {
      limit.begun(now, ready, now - ready - promptMs, toldMs);
      limit.ended(now, now - ready);
      open.shift();
    }
    limit.enter(now, toldMs);
    open.push(now);
  }
  return { refused, why: limit.why };
}

test("prompts that take long, and are known to, do not cut the limit", () => {
  expect(afterLong(3_000, 3_000)).toEqual({ refused: "overloaded", why: "overloaded" });
});

test("the same time without a prompt that explains it does", () => {
  expect(afterLong(3_000, 0)).toEqual({ refused: "overloaded", why: "slow to begin" });
});
