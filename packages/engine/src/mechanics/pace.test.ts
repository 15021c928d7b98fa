// Tests of the pace: steady events, a silence, the beginning.

import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

test("tells the rate of steady events once a span is over", () => {
  const pace = new Pace(1_000);
  for (let now = 0; now <= 5_000; now += 10) {
    pace.add(now);
    if (now < 1_000) expect(pace.perMs(now)).toBe(0);
    else if (now > 1_100) expect(Math.abs(pace.perMs(now) - 0.1)).toBeLessThan(0.002);
  }
});

test("follows a change within two spans, and a silence at once when it is longer than that", () => {
  const pace = new Pace(1_000);
  for (let now = 0; now < 5_000; now += 10) pace.add(now);
  for (let now = 5_000; now < 7_100; now += 100) pace.add(now);
  expect(pace.perMs(7_100)).toBeLessThan(0.03);
  expect(pace.perMs(20_000)).toBe(0);
});
