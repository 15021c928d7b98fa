// Each kind of failure of PostgreSQL gets the code that a caller can act on, and words that say what to do.

import { expect, it } from "vitest";
import { StoreError } from "../store-error.ts";
import { isLineLost, isRepeatable, storeErrorOf } from "./failure.ts";

const told = (code: string) => Object.assign(new Error("it broke"), { code, severity: "ERROR" });

it.each([
  ["28P01", "unavailable", /user and password/, false],
  ["3D000", "unavailable", /create the database/, false],
  ["42501", "unavailable", /grant/, false],
  ["53100", "full", /make room/, false],
  ["53300", "unavailable", /max_connections/, false],
  ["57014", "unavailable", /longer than it may/, false],
  ["55P03", "unavailable", /pg_locks/, false],
  ["25006", "unavailable", /replica/, true],
  ["57P01", "unavailable", /tried again/, true],
  ["08006", "unavailable", /tried again/, true],
  ["40P01", "unavailable", /tried again/, false],
  ["23514", "unavailable", /put them back/, false],
  ["22P05", "invalid", /cannot be kept/, false],
  ["XX001", "unavailable", /restore/, false],
  ["42P01", "unavailable", /made anew/, false],
  ["54000", "invalid", /cannot be kept/, false],
  ["42703", "unavailable", /put them back/, false],
  ["42P10", "unavailable", /put them back/, false],
  ["XX000", "unavailable", /tried again/, false],
  ["3F000", "unavailable", /schema/, false],
  ["55000", "unavailable", /accepts connections/, false],
  ["26000", "unavailable", /pool by session/, true],
  ["42P05", "unavailable", /pool by session/, true],
  ["0A000", "unavailable", /made anew/, true],
])("%s", (code, kind, words, lost) => {
  const error = storeErrorOf(told(code), "postgres at h:5432");
  expect(error.code).toBe(kind);
  expect(error.message).toMatch(words);
  expect(error.message).toMatch(/^postgres at h:5432: it broke/);
  expect(isLineLost(told(code))).toBe(lost);
});

it("takes what the driver and the system say for a lost line", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  for (const error of [refused, new Error("Query read timeout"), new AggregateError([refused, refused], "")]) {
    expect(isLineLost(error)).toBe(true);
    expect(storeErrorOf(error, "postgres at h:1").code).toBe("unavailable");
    expect(storeErrorOf(error, "postgres at h:1").message).toMatch(/ECONNREFUSED|Query read timeout/);
  }
  expect(isLineLost(new StoreError("conflict", "x"))).toBe(false);
  expect(isRepeatable(told("40P01"))).toBe(true);
  expect(isRepeatable(told("23505"))).toBe(false);
});
