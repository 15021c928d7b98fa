// Tests of the list whose members know their seats.

import { expect, test } from "vitest";
import { pick, seededRandom } from "./random.ts";
import { Roster } from "./roster.ts";

const member = (name: number) => ({ name, seat: -1 });

test("holds what a Set would hold, whatever comes and leaves in whatever order", () => {
  const random = seededRandom("roster");
  const all = Array.from({ length: 40 }, (_, name) => member(name));
  const roster = new Roster<(typeof all)[number]>();
  const set = new Set<(typeof all)[number]>();
  for (let step = 0; step < 2_000; step++) {
    const one = all[pick(random, all.length)] as (typeof all)[number];
    if (set.has(one)) expect(roster.delete(one)).toBe(set.delete(one));
    else if (random.next() < 0.6) set.add(roster.add(one));
    else expect(roster.delete(one)).toBe(false);
    expect(roster.size).toBe(set.size);
    const wrong = all.filter((each) => (each.seat >= 0 && roster.list[each.seat] === each) !== set.has(each));
    expect(wrong).toEqual([]);
  }
  expect(new Set(roster)).toEqual(set);
});

test("is read in peace while members leave and come", () => {
  const roster = new Roster<ReturnType<typeof member>>();
  for (let name = 0; name < 3; name++) roster.add(member(name));
  const seen: number[] = [];
  for (const one of roster) {
    seen.push(one.name);
    roster.delete(one);
    roster.add(member(10 + one.name));
  }
  expect(seen).toEqual([0, 1, 2]);
  expect([...roster].map(({ name }) => name).sort()).toEqual([10, 11, 12]);
});
