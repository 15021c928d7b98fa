// The idle times of a soak, and the owners of known limits.

import { describe, expect, it } from "vitest";
import { IDLE_LIMITS, limitNear, limitsBetween } from "./idle-limits.ts";
import { soakLadder } from "./soak-ladder.ts";

const idles = (seconds: number, kept: boolean) =>
  soakLadder(seconds)
    .filter(({ keepAliveSeconds }) => (keepAliveSeconds !== undefined) === kept)
    .map(({ idleSeconds }) => idleSeconds);

describe("soakLadder", () => {
  it("holds the six idle times of a full soak, all but the shortest with keep-alive too", () => {
    expect(idles(410, false)).toEqual([30, 60, 120, 240, 355, 410]);
    expect(idles(410, true)).toEqual([60, 120, 240, 355, 410]);
    expect(soakLadder(410).at(-1)).toEqual({ idleSeconds: 410, keepAliveSeconds: 20 });
  });

  it("cuts to what was asked for", () => {
    expect(idles(100, false)).toEqual([30, 60, 100]);
    expect(idles(8, false)).toEqual([1, 2, 4, 8]);
    expect(idles(8, true)).toEqual([4, 8]);
    expect(idles(1, false)).toEqual([1]);
    expect(idles(0, false)).toEqual([1]);
    expect(Math.max(...idles(1e9, false))).toBe(1_800);
    for (const bound of [2, 3, 5, 7, 29, 30, 31, 409, 700]) {
      const plain = idles(bound, false);
      expect(plain.length).toBeLessThanOrEqual(6);
      expect(plain.at(-1)).toBe(bound);
      expect(plain).toEqual([...new Set(plain)].sort((a, b) => a - b));
    }
  });
});

describe("idle limits", () => {
  it("names the owner of a time that a timer keeps, and nobody for others", () => {
    for (const { seconds } of IDLE_LIMITS) {
      expect(limitNear(seconds)?.seconds).toBe(seconds);
      expect(limitNear(seconds + 0.3)?.seconds).toBe(seconds);
    }
    expect(limitNear(60.2)?.owner.en).toMatch(/proxy_read_timeout/);
    for (const none of [1, 3, 30, 90, 200, 330, 500]) expect(limitNear(none)).toBeUndefined();
  });

  it("lists the limits of a bracket", () => {
    expect(limitsBetween(240, 355).map(({ seconds }) => seconds)).toEqual([300, 350]);
    expect(limitsBetween(2, 4)).toEqual([]);
  });
});
