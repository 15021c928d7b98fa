// Tests that a limit which is cut while use rises quickly keeps what the upstream has taken, and what a refusal takes off it.

import { expect, test } from "vitest";
import { Concurrency } from "./concurrency.ts";

test("refusals in a quick rise leave what is under way, not what was on average", () => {
  const limit = new Concurrency({ ceiling: 1_000, slow: 2.2, overload: 0.1 });
  for (let i = 0; i < 20; i++) {
    limit.enter(i * 20);
    limit.begun(i * 20 + 10, i * 20, 200);
  }
  for (let now = 400; !limit.limited && now < 5_000; now += 100) {
    limit.enter(now);
    limit.failed(now + 15, now, "overload", 1);
  }
  expect(limit.why).toBe("overloaded");
  expect(limit.limit).toBeGreaterThanOrEqual(18);
  expect(limit.limit).toBeLessThan(20);
});

test("under a limit each refusal takes seven per cent of it", () => {
  const limit = new Concurrency({ ceiling: 1_000, slow: 2.2, overload: 0.1 });
  for (let i = 0; i < 20; i++) {
    limit.enter(i * 20);
    limit.begun(i * 20 + 10, i * 20, 200);
  }
  let now = 400;
  for (; !limit.limited; now += 100) {
    limit.enter(now);
    limit.failed(now + 15, now, "overload", 1);
  }
  const cut = limit.limit;
  limit.enter(now);
  limit.failed(now + 15, now, "overload", 1);
  expect(limit.limit).toBeCloseTo(0.93 * cut, 6);
  limit.enter(now + 20);
  limit.failed(now + 35, now + 20, "none", 1);
  expect(limit.limit).toBeCloseTo(0.93 * cut, 6);
});
