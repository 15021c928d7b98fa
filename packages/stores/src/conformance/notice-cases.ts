// What all notices must do.

import { strict as assert } from "node:assert";
import { sleep } from "@fairlead/runtime";
import { type Case, refuses, until } from "./case.ts";

/** The cases. */
export const NOTICE_CASES: readonly Case[] = [
  {
    name: "a notice is heard by every instance within a second, the one that published it included",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      const heard: (string | undefined)[][] = [[], []];
      for (const [n, { notices }] of instances.entries()) notices.subscribe("config", (text) => heard[n]?.push(text));
      // Each says once that it listens from now on.
      await until(place.clock, () => heard.every((texts) => texts.length > 0));
      const long = `中😀"\\\n${"x".repeat(3_900)}`;
      for (const text of ["1", "", long]) {
        const began = place.clock.now();
        await instances[0].notices.publish("config", text);
        await until(place.clock, () => heard.every((texts) => texts.at(-1) === text), 1_000);
        assert(place.clock.now() - began < 1_000);
      }
      for (const texts of heard)
        assert.deepEqual(
          texts.filter((text) => text !== undefined),
          ["1", "", long],
        );
    },
  },
  {
    name: "topics are apart, and nothing is heard after the stop",
    instances: 1,
    async run(place) {
      const { notices } = await place.open();
      const heard: string[] = [];
      const other: string[] = [];
      const stop = notices.subscribe("a:b", (text) => text !== undefined && heard.push(text));
      notices.subscribe("a", (text) => text !== undefined && other.push(text));
      await sleep(place.clock, 100);
      await notices.publish("a:b", "one");
      await notices.publish("a", "b:two");
      await until(place.clock, () => heard.length > 0 && other.length > 0);
      stop();
      await notices.publish("a:b", "three");
      await notices.publish("a", "four");
      await until(place.clock, () => other.length === 2);
      assert.deepEqual(heard, ["one"]);
      assert.deepEqual(other, ["b:two", "four"]);
    },
  },
  {
    name: "what is out of bounds is refused",
    instances: 1,
    async run(place) {
      const { notices } = await place.open();
      await refuses("invalid", () => notices.publish("", "x"));
      await refuses("invalid", () => notices.publish("t", "x".repeat(4_000)));
      await refuses("invalid", () => notices.publish("t", "中".repeat(3_000)));
      await refuses("invalid", () => notices.publish("t", "\0"));
    },
  },
];
