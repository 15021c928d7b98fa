// Answers that come in time, late, never, or not at all.

import { expect, it } from "vitest";
import { inTime } from "./in-time.ts";
import { virtualRuntime } from "./runtime.ts";

async function waited(answer: (rt: ReturnType<typeof virtualRuntime>) => Promise<string>) {
  const rt = virtualRuntime("in-time");
  const what = await rt.clock.runUntil(inTime(rt.clock, answer(rt), 50));
  return { what, ms: rt.clock.now() };
}

const after =
  (ms: number, fails = false) =>
  (rt: ReturnType<typeof virtualRuntime>) =>
    new Promise<string>((resolve, reject) => {
      rt.clock.timer(ms, () => (fails ? reject(new Error("no")) : resolve("yes")));
    });

it("an answer in time is told at once, and one that fails is too", async () => {
  expect(await waited(after(30))).toEqual({ what: { said: "yes" }, ms: 30 });
  expect(await waited(after(30, true))).toEqual({ what: "refused", ms: 30 });
});

it("one that arrived while the process was held up is read after the time all the same", async () => {
  expect(await waited(after(51))).toEqual({ what: { said: "yes" }, ms: 51 });
});

it("nobody waits longer, and a failure that comes late is nobody's", async () => {
  expect(await waited(after(60))).toEqual({ what: "late", ms: 52 });
  expect(await waited(after(60, true))).toEqual({ what: "late", ms: 52 });
  expect(await waited(() => new Promise(() => {}))).toEqual({ what: "late", ms: 52 });
});
