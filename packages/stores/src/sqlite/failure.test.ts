// Each kind of failure of SQLite gets the code that a caller can act on, and words that say what to do.

import { expect, it } from "vitest";
import { StoreError } from "../store-error.ts";
import { storeErrorOf } from "./failure.ts";

it.each([
  ["SQLITE_BUSY", "unavailable", /another process/],
  ["SQLITE_BUSY_SNAPSHOT", "unavailable", /another process/],
  ["SQLITE_FULL", "full", /make room/],
  ["ENOSPC", "full", /make room/],
  ["SQLITE_CORRUPT", "unavailable", /restore/],
  ["SQLITE_NOTADB", "unavailable", /restore/],
  ["SQLITE_CANTOPEN", "unavailable", /folder/],
  ["SQLITE_READONLY", "unavailable", /folder/],
  ["SQLITE_IOERR_FSYNC", "unavailable", /folder/],
  ["EACCES", "unavailable", /folder/],
  ["SQLITE_TOOBIG", "invalid", /cannot be kept/],
  ["SQLITE_CONSTRAINT_UNIQUE", "unavailable", /put the right file/],
  ["SQLITE_ERROR", "unavailable", /put the right file/],
  ["", "unavailable", /no code.*put the right file/],
])("%s", (code, kind, words) => {
  const error = storeErrorOf(Object.assign(new Error("it broke"), { code }), "/a/store.db");
  expect(error.code).toBe(kind);
  expect(error.message).toMatch(words);
  expect(error.message).toContain("/a/store.db");
});

it("leaves a StoreError as it is", () => {
  const error = new StoreError("conflict", "somebody was quicker");
  expect(storeErrorOf(error, "x")).toBe(error);
});
