// Nonces while the shared marks are slow: nobody waits for them long, and what this instance saw is refused all the same.

import { virtualRuntime } from "@fairlead/runtime";
import { type Marks, memoryMarks } from "@fairlead/stores";
import { expect, it } from "vitest";
import { nonceMarks } from "./nonces.ts";

/** Marks that answer after so long; undefined: never. */
function slow(rt: ReturnType<typeof virtualRuntime>, ms: number | undefined): Marks {
  const marks = memoryMarks(rt.clock);
  return {
    claim: (key, ttlMs) =>
      new Promise((resolve) => {
        if (ms !== undefined) rt.clock.timer(ms, () => resolve(marks.claim(key, ttlMs)));
      }),
  };
}

async function claimed(rt: ReturnType<typeof virtualRuntime>, marks: Marks) {
  const from = rt.clock.now();
  const fresh = await rt.clock.runUntil(marks.claim("sig:k_1:n", 60_000));
  return { fresh, ms: rt.clock.now() - from };
}

it("a store that does not answer is waited for a moment, and what was seen here is refused", async () => {
  const rt = virtualRuntime("nonces");
  const marks = nonceMarks(slow(rt, undefined), rt.clock);
  expect(await claimed(rt, marks)).toEqual({ fresh: true, ms: 302 });
  expect(await claimed(rt, marks)).toEqual({ fresh: false, ms: 0 });
});

it("one that answers in time decides, for every instance", async () => {
  const rt = virtualRuntime("nonces");
  const shared = slow(rt, 200);
  expect(await claimed(rt, nonceMarks(shared, rt.clock))).toEqual({ fresh: true, ms: 200 });
  expect(await claimed(rt, nonceMarks(shared, rt.clock))).toEqual({ fresh: false, ms: 200 });
});

it("one that answers late has the nonce all the same: a copy at another instance is refused", async () => {
  const rt = virtualRuntime("nonces");
  const marks = memoryMarks(rt.clock);
  const late: Marks = {
    claim: (key, ttlMs) => new Promise((resolve) => rt.clock.timer(2_000, () => resolve(marks.claim(key, ttlMs)))),
  };
  expect(await claimed(rt, nonceMarks(late, rt.clock))).toEqual({ fresh: true, ms: 302 });
  await rt.clock.advance(2_000);
  expect(await claimed(rt, nonceMarks(marks, rt.clock))).toEqual({ fresh: false, ms: 0 });
});

it("one that fails late takes nothing down with it", async () => {
  const rt = virtualRuntime("nonces");
  const failing: Marks = {
    claim: () => new Promise((_, reject) => rt.clock.timer(2_000, () => reject(new Error("gone")))),
  };
  expect(await claimed(rt, nonceMarks(failing, rt.clock))).toEqual({ fresh: true, ms: 302 });
  await rt.clock.advance(2_000);
});
