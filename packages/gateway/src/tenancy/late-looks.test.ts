// Tests of looks that wait: none is early, none is lost, and being asked for all the time does not put one off.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { LateLooks } from "./late-looks.ts";

test("each is looked at ten seconds after it was first asked for, and again for what was asked meanwhile", async () => {
  const { clock } = virtualRuntime("looks");
  const seen: [string, number][] = [];
  const began = clock.now();
  const looks = new LateLooks<string>(clock, (one) => seen.push([one, clock.now() - began]));
  looks.add(["a", "b"]);
  await clock.advance(4_000);
  looks.add(["a", "c"]);
  await clock.advance(5_000);
  looks.add(["a"]);
  expect(seen).toEqual([]);
  await clock.advance(60_000);
  expect(seen).toEqual([
    ["a", 10_000],
    ["b", 10_000],
    ["c", 14_000],
    ["a", 19_000],
  ]);
});

test("nothing is looked at after the end", async () => {
  const { clock } = virtualRuntime("looks");
  const seen: string[] = [];
  const looks = new LateLooks<string>(clock, (one) => seen.push(one));
  looks.add(["a"]);
  looks.close();
  await clock.advance(60_000);
  expect(seen).toEqual([]);
});
