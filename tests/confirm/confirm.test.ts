// The road of the confirmation at a small scale: real programs, and counts that must come out whatever the machine does meanwhile.

import { beforeAll, expect, test } from "vitest";
import { type Confirmed, confirm } from "./confirm.ts";
import { confirmedDocument } from "./document.ts";
import { recovery } from "./figures.ts";
import { atLeast, atMost, met, type Row } from "./goal.ts";
import { AFFINITY } from "./goals/affinity.ts";
import { FAILOVER } from "./goals/failover.ts";
import { OUTAGE } from "./goals/outage.ts";

let played: readonly Confirmed[];
beforeAll(async () => {
  played = await confirm([OUTAGE, FAILOVER, AFFINITY], "short");
}, 90_000);

function measured(id: string, figure: string): number {
  const goal = played.find((one) => one.goal.id === id);
  expect(goal?.error).toBeUndefined();
  const row = goal?.rows.find((one) => one.figure.startsWith(figure));
  expect(row, `${id} ${figure}`).toBeDefined();
  return row?.measured ?? Number.NaN;
}

test("an outage costs the upstream a fraction of an attempt for each request", () => {
  // In a few seconds each probe weighs more than in the whole goal, whose bound is 0.05; without a breaker it is 1 to 3.
  expect(measured("G1", "outage: attempts per request")).toBeLessThanOrEqual(0.15);
});

test("the failure of a primary is seen by nobody: overload, an error inside a stream, silence", () => {
  expect(measured("G5", "errors that a client saw")).toBe(0);
  expect(measured("G5", "success, all kinds")).toBe(1);
  // Without a move it is all of them, some fifty.
  expect(measured("G5", "told at once: victims")).toBeLessThanOrEqual(25);
});

test("conversations stay where they are and thinking never goes to another account", () => {
  expect(measured("G7", "thinking sent to an account")).toBe(0);
  expect(measured("G7", "moves of one conversation")).toBeLessThanOrEqual(2);
  expect(measured("G7", "moved in the ejection beyond")).toBeLessThanOrEqual(0.1);
  expect(measured("G7", "cached tokens read again")).toBeGreaterThan(0.8);
});

test("the document shows every figure, its target and whether it was met", () => {
  const text = confirmedDocument(played, { day: "2026-11-21", place: "here", seconds: 1 });
  for (const { figure } of played.flatMap(({ rows }) => rows)) expect(text).toContain(`| ${figure} |`);
  expect(text).not.toContain("undefined");
});

test("a figure that could not be had is a miss, the target here goes before the proof's", () => {
  const row: Row = { figure: "f", unit: "", digits: 0, proof: atMost(1), measured: 2, from: "" };
  expect(met(row)).toBe(false);
  expect(met({ ...row, here: atMost(2) })).toBe(true);
  expect(met({ ...row, measured: Number.NaN })).toBe(false);
  expect(met({ ...row, proof: atLeast(1), measured: Number.NaN })).toBe(false);
  expect(met({ ...row, proof: undefined })).toBeUndefined();
});

test("a recovery is the first five seconds in which 95 % succeed", () => {
  const seconds = [...Array(4).fill([0, 10]), [9, 1], ...Array(9).fill([20, 0])] as Array<[number, number]>;
  const timeline = seconds.map(([ok, failed]) => ({ ok, failed }));
  const step = { began_at: "2026-11-21T00:00:00.000Z", timeline } as unknown as Parameters<typeof recovery>[0][number];
  const since = Date.parse("2026-11-21T00:00:00.000Z");
  // The window from the fifth second on has one failure in ninety.
  expect(recovery([step], since)).toBe(4);
  expect(recovery([step], since + 5_000)).toBe(0);
  expect(recovery([{ ...step, timeline: timeline.slice(0, 8) }], since)).toBe(Number.POSITIVE_INFINITY);
});
