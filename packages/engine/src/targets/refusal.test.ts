// Tests of refusals: each says what ails and when it is worth asking again, and none is held against an upstream.

import { expect, test } from "vitest";
import { exchange } from "../../testing/exchange.ts";
import { queueFull, queueWaited, refusal, unreachable } from "./refusal.ts";
import type { Unfit } from "./unfit.ts";

const x = exchange({ deadline: 5_000 });
const ill = (kind: Unfit["kind"], waitMs: number) =>
  refusal(x, { none: "ill", unfit: { kind, waitMs, why: "529 overloaded_error" } });

test("nobody serves the model", () => {
  expect(refusal(x, { none: "no-rule", unfit: undefined })).toMatchObject({ code: "no_upstream", local: true });
});

test("parked comes back when somebody does something, and names no time", () => {
  const told = ill("parked", 500_000);
  expect(told).toMatchObject({ code: "upstream_parked", local: true });
  expect(told.retryAfterMs).toBeUndefined();
});

test("cooling down says exactly how long", () => {
  for (const ms of [200, 90_000]) {
    expect(ill("cooling", ms)).toMatchObject({ code: "upstream_limited", local: true, retryAfterMs: ms });
  }
});

test.each([
  [10, 1_000],
  [7_300, 7_300],
  [3_600_000, 60_000],
])("open for %d ms asks to come back in %d: not at once, and not in hours", (waitMs, told) => {
  expect(ill("open", waitMs)).toMatchObject({ code: "upstream_open", local: true, retryAfterMs: told });
  expect(ill("open", waitMs).message).toContain("529 overloaded_error");
});

test("a history that cannot move tells where it must go and why", () => {
  const hold = { target: "tokyo", why: "it refers to a file" };
  const told = refusal(x, { none: "ill", unfit: { kind: "open", waitMs: 4_000, why: "" }, hold });
  expect(told).toMatchObject({ code: "conversation_bound", local: true, retryAfterMs: 4_000 });
  expect(told.message).toContain("tokyo");
  expect(told.message).toContain("it refers to a file");
});

test("of the queue they are ours alone, and those that pass say when", () => {
  expect(queueFull(x, 7, 2_500)).toMatchObject({ code: "queue_full", local: true, retryAfterMs: 2_500 });
  expect(queueFull(x, 7, 2_500).message).toContain("7");
  expect(queueWaited(x, 2_000, 1_500)).toMatchObject({ code: "queue_wait", local: true, retryAfterMs: 1_500 });
  expect(unreachable(x, 1_000)).toMatchObject({ code: "deadline", local: true });
  expect(unreachable(x, 1_000).message).toContain("4000");
});
