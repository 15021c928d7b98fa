// When a trial is promoted, and when it is rolled back.

import { seededRandom } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import { type Arms, count, emptyArms, judge, quantile, together } from "./trial-arms.ts";

const RULES = { minMs: 60_000, minRequests: 100, errors: 0.02, slower: 1.5 };

function play(
  seed: string,
  requests: number,
  failing: { old: number; new: number },
  ms = { old: 400, new: 400 },
): Arms {
  const random = seededRandom(seed);
  const arms = emptyArms();
  for (let i = 0; i < requests; i++) {
    for (const side of ["old", "new"] as const) {
      const weight = side === "old" ? 9 : 1;
      for (let k = 0; k < weight; k++)
        count(arms[side], random.next() < failing[side], ms[side] * (0.5 + random.next()));
    }
  }
  return arms;
}

describe("judging a trial", () => {
  it("promotes what is as good, when its time and its requests are full and not before", () => {
    const arms = play("same", 150, { old: 0.01, new: 0.01 });
    expect(judge(arms, 59_000, RULES).what).toBe("go-on");
    expect(judge(arms, 60_000, RULES).what).toBe("promote");
    expect(judge(play("few", 99, { old: 0, new: 0 }), 600_000, RULES)).toMatchObject({ what: "go-on" });
  });

  it("rolls back what fails, at the fifth failure and not at the fourth", () => {
    const arms = emptyArms();
    for (let i = 0; i < 40; i++) count(arms.old, false, 300);
    for (let i = 0; i < 4; i++) count(arms.new, true);
    expect(judge(arms, 100, RULES).what).toBe("go-on");
    count(arms.new, true);
    expect(judge(arms, 100, RULES)).toMatchObject({ what: "roll-back" });
    expect(judge(arms, 100, RULES).why).toContain("100 % of 5 requests failed, before 0 % of 40");
  });

  it("does not blame it for an outage that both see", () => {
    const arms = play("outage", 200, { old: 0.6, new: 0.6 });
    expect(judge(arms, 30_000, RULES).what).toBe("go-on");
    const all = emptyArms();
    for (let i = 0; i < 50; i++) for (const side of [all.old, all.new]) count(side, true);
    expect(judge(all, 30_000, RULES).what).toBe("go-on");
    for (let i = 0; i < 450; i++) for (const side of [all.old, all.new]) count(side, true);
    expect(judge(all, 30_000, RULES).what).toBe("go-on");
    // Nor is it proven good by it.
    expect(judge(all, 600_000, RULES)).toMatchObject({ what: "go-on", why: expect.stringContaining("100 % of 500") });
    count(all.old, false, 300);
    expect(judge(all, 30_000, RULES).what).toBe("go-on");
  });

  it("errs in fewer than one of a hundred trials that are looked at every second", () => {
    let wrong = 0;
    for (let i = 0; i < 200; i++) {
      const random = seededRandom(`trial ${i}`);
      const arms = emptyArms();
      for (let second = 1; second <= 60; second++) {
        for (let k = 0; k < 36; k++) count(arms.old, random.next() < 0.03, 300);
        for (let k = 0; k < 4; k++) count(arms.new, random.next() < 0.03, 300);
        if (judge(arms, second * 1_000 - 1, RULES).what !== "go-on") {
          wrong += 1;
          break;
        }
      }
    }
    expect(wrong).toBeLessThanOrEqual(2);
  });

  it("rolls back what is slower, by the median and by the tail", () => {
    expect(judge(play("slow", 200, { old: 0, new: 0 }, { old: 400, new: 900 }), 60_000, RULES)).toMatchObject({
      what: "roll-back",
      why: expect.stringContaining("first content took"),
    });
    const tail = play("tail", 200, { old: 0, new: 0 });
    for (let i = 0; i < 20; i++) count(tail.new, false, 5_000);
    expect(judge(tail, 60_000, RULES).what).toBe("roll-back");
  });

  it("adds up what instances saw", () => {
    const a = play("a", 50, { old: 0.1, new: 0.2 });
    const sum = together([a, a]);
    expect(sum.new.requests).toBe(2 * a.new.requests);
    expect(sum.new.failed).toBe(2 * a.new.failed);
    expect(quantile(sum.old, 0.5)).toBe(quantile(a.old, 0.5));
    expect(quantile(a.old, 0.5)).toBeGreaterThan(330);
    expect(quantile(a.old, 0.5)).toBeLessThan(500);
  });
});
