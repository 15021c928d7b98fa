// What all marks must do.

import { strict as assert } from "node:assert";
import { sleep } from "@fairlead/runtime";
import { type Case, refuses } from "./case.ts";

/** The cases. */
export const MARK_CASES: readonly Case[] = [
  {
    name: "of 50 who claim a mark at once one gets it",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      for (const key of ["nonce-1", "nonce 2 — 中"]) {
        const claims = Array.from({ length: 50 }, (_, n) =>
          (instances[n % 2] as (typeof instances)[0]).marks.claim(key, 60_000),
        );
        assert.equal((await Promise.all(claims)).filter(Boolean).length, 1);
      }
    },
  },
  {
    name: "a mark can be claimed again after its time, and not before",
    instances: 1,
    async run(place) {
      const { marks } = await place.open();
      assert.equal(await marks.claim("b", 31 * 86_400_000), true);
      assert.deepEqual(await Promise.all([marks.claim("a", 300), marks.claim("a", 300)]), [true, false]);
      await sleep(place.clock, 350);
      assert.equal(await marks.claim("a", 60_000), true);
      assert.equal(await marks.claim("a", 60_000), false);
      assert.equal(await marks.claim("b", 1), false);
    },
  },
  {
    name: "what is out of bounds is refused",
    instances: 1,
    async run(place) {
      const { marks } = await place.open();
      await refuses("invalid", () => marks.claim("", 1_000));
      await refuses("invalid", () => marks.claim("x".repeat(201), 1_000));
      await refuses("invalid", () => marks.claim("a", 0));
      await refuses("invalid", () => marks.claim("a", Number.NaN));
      await refuses("invalid", () => marks.claim("a", 32 * 86_400_000));
      assert.equal(await marks.claim("x".repeat(200), 1_000), true);
    },
  },
];
