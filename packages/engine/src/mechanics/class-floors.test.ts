// Tests of the floors of classes: who is behind its share, and by how much of it.

import { expect, test } from "vitest";
import { ClassFloors } from "./class-floors.ts";

const FLOORS = [0.6, 0.25, 0.1, 0.05];
const ALL = [true, true, true, true];

test("all who wait fall behind alike, measured by their floors, while one other is served", () => {
  const floors = new ClassFloors(FLOORS);
  floors.served(0, 100, ALL);
  expect([0, 1, 2, 3].map((which) => floors.owed(which))).toEqual([false, true, true, true]);
  expect([1, 2, 3].map((which) => floors.credit(which))).toEqual([25, 10, 5]);
  for (const which of [1, 2, 3]) expect(floors.standing(which)).toBeCloseTo(100, 9);
});

test("a class at its floor is not behind it, and who leaves loses what it was owed but not what it owes", () => {
  const floors = new ClassFloors(FLOORS);
  expect(floors.owed(0)).toBe(false);
  floors.served(0, 100, ALL);
  floors.emptied(0);
  floors.emptied(1);
  expect([floors.credit(0), floors.credit(1)]).toEqual([-40, 0]);
});

test("what is served to the only one who waits costs it nothing", () => {
  const floors = new ClassFloors(FLOORS);
  for (let i = 0; i < 50; i++) floors.served(3, 100, [false, false, false, true]);
  expect([0, 1, 2, 3].map((which) => floors.credit(which))).toEqual([0, 0, 0, 0]);
});
