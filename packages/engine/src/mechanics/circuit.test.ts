// Tests of one circuit: what opens it, what does not, how it comes back, and that old calls decide nothing.

import { seededRandom } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { CIRCUIT } from "../../testing/bounds.ts";
import { Circuit, type Permit } from "./circuit.ts";

const middle = { next: () => 0.5 };

function circuit(numbers = CIRCUIT, random = middle): Circuit {
  return new Circuit(numbers, random);
}

function enter(one: Circuit, now: number): Permit {
  const permit = one.enter(now);
  if (permit === undefined) throw new Error(`nothing goes at ${now}`);
  return permit;
}

function fail(one: Circuit, now: number, request: string, weight = 1): boolean {
  return one.bad(enter(one, now), now, weight, request, "529");
}

function opened(now = 10_000): Circuit {
  const one = circuit();
  for (let i = 0; i < 5; i++) fail(one, now, `r${i}`);
  expect(one.state(now)).toBe("open");
  return one;
}

test("opens at the fifth failure in a row, not at the fourth", () => {
  const one = circuit();
  expect([0, 1, 2, 3].map((i) => fail(one, 10_000 + i, `r${i}`))).toEqual([false, false, false, false]);
  expect(one.state(10_004)).toBe("closed");
  expect(fail(one, 10_004, "r4")).toBe(true);
  expect(one.state(10_004)).toBe("open");
  expect(one.why).toBe("529");
});

test("one request alone opens nothing, a second one does", () => {
  const one = circuit();
  for (let i = 0; i < 12; i++) expect(fail(one, 10_000 + i, "same")).toBe(false);
  expect(fail(one, 10_020, "other")).toBe(true);
});

test("a success breaks the row", () => {
  const one = circuit();
  for (let i = 0; i < 4; i++) fail(one, 10_000, `a${i}`);
  one.good(enter(one, 10_000), 10_000);
  for (let i = 0; i < 4; i++) expect(fail(one, 10_001, `b${i}`)).toBe(false);
  expect(fail(one, 10_002, "c")).toBe(true);
});

test("an answer that was under way when it broke does not prove it well; one that went after the first failure does", () => {
  const one = circuit();
  const old = Array.from({ length: 4 }, () => enter(one, 9_900));
  for (const [i, permit] of old.entries()) {
    expect(fail(one, 10_000 + 10 * i, `r${i}`)).toBe(false);
    one.good(permit, 10_005 + 10 * i);
  }
  expect(fail(one, 10_050, "r4")).toBe(true);
  const two = circuit();
  fail(two, 10_000, "r0");
  const newer = enter(two, 10_001);
  for (let i = 1; i < 4; i++) fail(two, 10_001 + i, `r${i}`);
  two.good(newer, 10_100);
  // What started before it is no row any more; the three after it are.
  expect(two.inRow).toBe(3);
  expect(fail(two, 10_200, "r4")).toBe(false);
  expect(fail(two, 10_201, "r5")).toBe(true);
});

test("quick failures are no row while attempts that went between them may still succeed", () => {
  const one = circuit();
  for (let i = 0; i < 120; i++) one.good(enter(one, 9_000), 9_000);
  const slow: Permit[] = [];
  for (let i = 0; i < 12; i++) {
    slow.push(enter(one, 10_000 + i));
    expect(fail(one, 10_000 + i, `r${i}`)).toBe(false);
  }
  expect(one.inRow).toBe(1);
  // When they failed too, all of it was a row.
  for (const permit of slow.slice(0, 4)) one.bad(permit, 10_500, 1, "late", "504");
  expect(one.state(10_500)).toBe("open");
});

test("where errors are usual a row must be longer: none opens it by chance, and an outage still does", () => {
  const random = seededRandom("usual");
  for (const usual of [0.05, 0.1, 0.2, 0.3]) {
    const one = circuit({ ...CIRCUIT, rise: 1 });
    let now = 10_000;
    for (let i = 0; i < 20_000; i++) {
      now += 50;
      const permit = enter(one, now);
      if (random.next() >= usual) one.good(permit, now);
      else expect(one.bad(permit, now, 1, `r${i}`, "500")).toBe(false);
    }
    let victims = 1;
    while (!fail(one, now + 50 * victims, `x${victims}`)) victims += 1;
    expect(victims).toBeLessThanOrEqual(usual < 0.1 ? 8 : 20);
  }
});

test("time-outs that come as far apart as their attempts started need no second time-out to be believed", () => {
  const one = circuit();
  const permits = Array.from({ length: 5 }, (_, i) => enter(one, 10_000 + 150 * i));
  const opened = permits.map((permit, i) => one.bad(permit, 12_000 + 150 * i, 1, `r${i}`, "silent"));
  expect(opened).toEqual([false, false, false, false, true]);
});

test("attempts that were under way together and fell to one hiccup are one piece of evidence", () => {
  const one = circuit();
  const together = Array.from({ length: 12 }, () => enter(one, 9_000));
  for (const [i, permit] of together.entries()) expect(one.bad(permit, 10_000 + i, 1, `r${i}`, "reset")).toBe(false);
  expect(fail(one, 10_100, "s1")).toBe(false);
  expect(fail(one, 10_200, "s2")).toBe(true);
});

test("streams that break after their content open it when none comes whole between them", () => {
  const one = circuit();
  const run = (i: number, whole: boolean) => {
    const permit = enter(one, i * 100);
    one.good(permit, i * 100 + 10);
    if (whole) one.whole(permit);
    return whole ? false : one.cut(permit, i * 100 + 90, `r${i}`, "cut");
  };
  for (let i = 0; i < 40; i++) expect(run(i, i % 4 === 0)).toBe(false);
  expect([run(40, false), run(41, false)]).toEqual([false, true]);
});

test("failures of half weight count half in the share, and whole in a row", () => {
  const row = circuit();
  for (let i = 0; i < 4; i++) expect(fail(row, 10_000, `r${i}`, 0.5)).toBe(false);
  expect(fail(row, 10_000, "r4", 0.5)).toBe(true);
  const share = circuit();
  for (let i = 0; i < 200; i++) {
    if (i % 4 === 3) share.good(enter(share, 10_000 + i), 10_000 + i);
    else expect(fail(share, 10_000 + i, `r${i}`, 0.25)).toBe(false);
  }
});

test("a share opens it only with enough samples and only when the bound is above", () => {
  const one = circuit();
  let now = 10_000;
  const mix = (good: boolean, i: number) => {
    now += 1;
    const permit = enter(one, now);
    if (good) one.good(permit, now);
    else return one.bad(permit, now, 1, `r${i}`, "500");
    return false;
  };
  // 4 of 5 fail, but a success is always recent: the row never opens it; 16 of 20 do by share.
  const results = Array.from({ length: 20 }, (_, i) => mix(i % 5 === 0, i));
  expect(results.slice(0, 19).some(Boolean)).toBe(false);
  expect(results[19]).toBe(true);
});

test("stays shut for half to one and a half of its time, doubling up to the cap", () => {
  for (const [chance, span] of [
    [0, 0.5],
    [0.5, 1],
    [0.999999, 1.5],
  ] as const) {
    const one = circuit(CIRCUIT, { next: () => chance });
    for (let i = 0; i < 5; i++) fail(one, 0, `r${i}`);
    expect(one.waitMs(0) / 2_000).toBeCloseTo(span, 4);
  }
  const one = opened(0);
  let now = 0;
  const waits = [];
  for (let i = 0; i < 5; i++) {
    waits.push(one.waitMs(now));
    now += one.waitMs(now);
    one.bad(enter(one, now), now, 1, "probe", "still");
  }
  expect(waits).toEqual([2_000, 4_000, 8_000, 15_000, 15_000]);
});

test("one in so many that were turned away may probe before its time, but not within half of the first opening", () => {
  const one = circuit({ ...CIRCUIT, probeEvery: 20 });
  for (let i = 0; i < 5; i++) fail(one, 10_000, `r${i}`);
  for (let i = 0; i < 20; i++) one.turnedAway();
  expect(one.enter(10_999)).toBeUndefined();
  expect(one.enter(11_000)?.probe).toBe(true);
  const two = circuit({ ...CIRCUIT, probeEvery: 20 });
  for (let i = 0; i < 5; i++) fail(two, 10_000, `r${i}`);
  for (let i = 0; i < 19; i++) two.turnedAway();
  expect(two.enter(11_999)).toBeUndefined();
});

test("lets nothing through until its time, then one probe at a time", () => {
  const one = opened();
  expect(one.enter(11_999)).toBeUndefined();
  expect(one.state(11_999)).toBe("open");
  const probe = enter(one, 12_000);
  expect(probe.probe).toBe(true);
  expect(one.state(12_000)).toBe("half-open");
  expect(one.enter(12_000)).toBeUndefined();
  one.good(probe, 12_100);
  expect(one.enter(12_100)?.probe).toBe(true);
});

test("two good probes close it, one does not; a bad one opens it for longer", () => {
  const one = opened();
  one.good(enter(one, 12_000), 12_000);
  expect(one.state(12_000)).toBe("half-open");
  one.good(enter(one, 12_001), 12_001);
  expect(one.state(12_001)).toBe("closed");

  const two = opened();
  one.good(enter(one, 12_002), 12_002);
  two.good(enter(two, 12_000), 12_000);
  expect(two.bad(enter(two, 12_010), 12_010, 1, "p", "again")).toBe(true);
  expect(two.waitMs(12_010)).toBe(4_000);
  // The good probe before the bad one is forgotten.
  two.good(enter(two, 16_010), 16_010);
  expect(two.state(16_010)).toBe("half-open");
});

test("a probe that said nothing frees its place", () => {
  const one = opened();
  const probe = enter(one, 12_000);
  one.left(probe);
  expect(one.state(12_000)).toBe("half-open");
  expect(one.enter(12_000)?.probe).toBe(true);
});

test("a success of a call from before the opening closes nothing", () => {
  const one = circuit();
  const old = Array.from({ length: 6 }, () => enter(one, 9_000));
  for (let i = 0; i < 5; i++) fail(one, 10_000, `r${i}`);
  for (const permit of old) one.good(permit, 12_500);
  expect(one.state(11_000)).toBe("open");
  expect(one.state(12_500)).toBe("half-open");
  const probe = enter(one, 12_500);
  for (const permit of old) one.good(permit, 12_500);
  expect(one.state(12_500)).toBe("half-open");
  one.good(probe, 12_600);
  expect(one.state(12_600)).toBe("half-open");
});

test("a late success of a probe from an earlier half-open state counts for nothing", () => {
  const one = opened();
  const late = enter(one, 12_000);
  one.left(late);
  fail(one, 12_000, "p");
  one.good(enter(one, 16_000), 16_000);
  one.good(late, 16_001);
  expect(one.state(16_001)).toBe("half-open");
});

test("a failure of a call from before the opening does not prolong it", () => {
  const one = circuit();
  const old = enter(one, 9_000);
  for (let i = 0; i < 5; i++) fail(one, 10_000, `r${i}`);
  const wait = one.waitMs(10_500);
  expect(one.bad(old, 10_500, 1, "old", "late")).toBe(false);
  expect(one.waitMs(10_500)).toBe(wait);
  enter(one, 12_000);
  expect(one.bad(old, 12_000, 1, "old", "late")).toBe(false);
  expect(one.state(12_000)).toBe("half-open");
});

test("30 s of health forgive one opening", () => {
  const one = opened(0);
  one.good(enter(one, 2_000), 2_000);
  one.good(enter(one, 2_000), 2_000);
  expect(one.state(2_000)).toBe("closed");
  one.good(enter(one, 31_999), 31_999);
  for (let i = 0; i < 5; i++) fail(one, 35_000, `s${i}`);
  expect(one.waitMs(35_000)).toBe(4_000);

  const two = opened(0);
  two.good(enter(two, 2_000), 2_000);
  two.good(enter(two, 2_000), 2_000);
  two.good(enter(two, 32_000), 32_000);
  for (let i = 0; i < 5; i++) fail(two, 36_000, `s${i}`);
  expect(two.waitMs(36_000)).toBe(2_000);
});

test("stays shut for as long as the upstream asked, and no early probe goes before that", () => {
  const one = circuit({ ...CIRCUIT, probeEvery: 1 });
  for (let i = 0; i < 5; i++) one.bad(enter(one, 0), 0, 1, `r${i}`, "529", { floorMs: 20_000 });
  one.turnedAway();
  expect(one.waitMs(0)).toBe(20_000);
  expect(one.enter(19_999)).toBeUndefined();
  expect(one.enter(20_000)?.probe).toBe(true);
});

test("a busy caller probes a long opening after half of its first span, not before, and not a caller that is turned away less often", () => {
  const long = (turned: number) => {
    const one = circuit({ ...CIRCUIT, probeEvery: 3 });
    for (let i = 0; i < 5; i++) fail(one, 0, `r${i}`);
    // The second opening takes 4 s.
    one.bad(enter(one, 2_000), 2_000, 1, "p", "again");
    for (let i = 0; i < turned; i++) one.turnedAway();
    return one;
  };
  expect(long(2).enter(3_000)).toBeUndefined();
  expect(long(3).enter(2_999)).toBeUndefined();
  expect(long(3).enter(3_000)?.probe).toBe(true);
  expect(long(0).enter(6_000)?.probe).toBe(true);
});

test("after it closed it carries a tenth of the traffic, then more, in the time of its ramp", () => {
  const one = circuit({ ...CIRCUIT, rampMs: 30_000 });
  expect(one.share(0)).toBe(1);
  for (let i = 0; i < 5; i++) fail(one, 0, `r${i}`);
  for (let i = 0; i < 2; i++) one.good(enter(one, 2_000), 2_000);
  const shares = [2_000, 17_000, 32_000, 99_000].map((now) => one.share(now));
  expect(shares[0]).toBeCloseTo(0.1, 9);
  expect(shares[1]).toBeCloseTo(0.55, 9);
  expect(shares.slice(2)).toEqual([1, 1]);
});

test("a ramp that is longer than it takes to forgive an opening goes on", () => {
  const one = circuit({ ...CIRCUIT, rampMs: 120_000 });
  for (let i = 0; i < 5; i++) fail(one, 0, `r${i}`);
  for (let i = 0; i < 2; i++) one.good(enter(one, 2_000), 2_000);
  one.good(enter(one, 62_000), 62_000);
  expect(one.share(62_000)).toBeCloseTo(0.55, 9);
  expect(one.share(122_000)).toBe(1);
});

test("three openings in ten minutes hold it out until the first of them is that old", () => {
  const one = circuit();
  for (let round = 0; round < 3; round++) {
    const now = round * 60_000;
    expect(one.heldMs(now)).toBe(0);
    for (let i = 0; i < 5; i++) fail(one, now, `r${round}${i}`);
    const back = now + one.waitMs(now);
    for (let i = 0; i < 2; i++) one.good(enter(one, back), back);
    expect(one.state(back)).toBe("closed");
  }
  expect(one.heldMs(130_000)).toBe(470_000);
  expect(one.heldMs(600_000)).toBe(0);
});

test("an upstream that is full and answers in part is not shut out by a row, unless nothing came for 3 s", () => {
  const row = (at: number) => {
    const one = circuit();
    one.good(enter(one, 10_000), 10_000);
    return Array.from({ length: 5 }, (_, i) => {
      const now = at + i;
      return one.bad(enter(one, now), now, 1, `r${i}`, "529", { partial: true });
    });
  };
  expect(row(12_000).some(Boolean)).toBe(false);
  expect(row(13_000).indexOf(true)).toBe(4);
});

test("what failed before it closed counts no more", () => {
  const one = circuit({ ...CIRCUIT, consecutive: 20 });
  for (let i = 0; i < 20; i++) fail(one, 0, `r${i}`);
  expect(one.state(0)).toBe("open");
  for (let i = 0; i < 2; i++) one.good(enter(one, 2_000), 2_000);
  // In the window there were twenty: with one more they would be enough.
  expect(fail(one, 2_001, "s")).toBe(false);
  expect(one.state(2_001)).toBe("closed");
});
