// What every store of records must do.

import { strict as assert } from "node:assert";
import { sleep } from "@fairlead/runtime";
import type { RecordChange, RecordWrite } from "../records.ts";
import { StoreError } from "../store-error.ts";
import { type Case, refuses, shifted } from "./case.ts";

const put = (id: string, value: RecordWrite["value"], expect: RecordWrite["expect"] = "any"): RecordWrite => ({
  kind: "key",
  id,
  value,
  expect,
});

/** The cases. */
export const RECORD_CASES: readonly Case[] = [
  {
    name: "a record has its value and a version that grows",
    instances: 1,
    async run(place) {
      const { records } = await place.open();
      const value = { name: "é 中 😀 \0 \ud800", list: [1, null, true, 0.5], z: 1, a: { deep: "x" } };
      assert.equal(await records.get("key", "a"), undefined);
      assert.deepEqual(await records.write([put("a", value, 0)]), [1]);
      assert.deepEqual(await records.get("key", "a"), { kind: "key", id: "a", version: 1, value });
      assert.deepEqual(await records.write([put("a", 2, 1)]), [2]);
      assert.deepEqual(await records.write([put("a", null)]), [3]);
      assert.equal((await records.get("key", "a"))?.value, null);
      assert.equal(await records.get("other", "a"), undefined);
      assert.deepEqual(await records.write([put("a", undefined, 3)]), [0]);
      assert.equal(await records.get("key", "a"), undefined);
      assert.deepEqual(await records.write([put("a", "new", 0)]), [1]);
      assert.deepEqual(await records.write([]), []);
    },
  },
  {
    name: "a batch is written whole or not at all",
    instances: 1,
    async run(place) {
      const { records } = await place.open();
      await records.write([put("a", 1), put("b", 1)]);
      const { last } = await records.changes(0);
      const error = await refuses("conflict", () => records.write([put("a", 2, 1), put("c", 1, 0), put("b", 2, 7)]));
      assert.match(error.message, /key b is at version 1, not 7/);
      assert.equal((await records.get("key", "a"))?.value, 1);
      assert.equal(await records.get("key", "c"), undefined);
      assert.deepEqual(await records.changes(last), { changes: [], last });
      await refuses("conflict", () => records.write([put("a", 2, 0)]));
      await refuses("conflict", () => records.write([put("none", undefined, 1)]));
      assert.deepEqual(await records.write([put("a", "x", 1), put("a", "y"), put("b", undefined)]), [2, 3, 0]);
      assert.equal((await records.get("key", "a"))?.value, "y");
    },
  },
  {
    name: "a record that has expired is as if it were not there",
    instances: 1,
    async run(place) {
      let ahead = 0;
      const clock = shifted(place.clock, () => ahead);
      const { records } = await place.open(clock);
      const expiresAt = Math.floor(clock.wall()) + 60_000;
      await records.write([{ ...put("a", 1), expiresAt }, put("b", 1)]);
      assert.equal((await records.get("key", "a"))?.expiresAt, expiresAt);
      ahead = 61_000;
      assert.equal(await records.get("key", "a"), undefined);
      assert.deepEqual(
        (await records.list("key")).map(({ id }) => id),
        ["b"],
      );
      const { changes } = await records.changes(0);
      assert.equal(changes.find(({ id }) => id === "a")?.record, undefined);
      await refuses("conflict", () => records.write([put("a", 2, 1)]));
      assert.deepEqual(await records.write([put("a", 2, 0)]), [1]);
      assert.equal((await records.get("key", "a"))?.expiresAt, undefined);
    },
  },
  {
    name: "a kind is listed by id, a page at a time",
    instances: 1,
    async run(place) {
      const { records } = await place.open();
      const ids = Array.from({ length: 25 }, (_, n) => `id-${String.fromCharCode(65 + ((n * 7) % 25))}`);
      await records.write([...ids.map((id) => put(id, id)), { ...put("id-A", 1), kind: "other" }]);
      const sorted = [...ids].sort();
      assert.deepEqual(
        (await records.list("key")).map(({ id }) => id),
        sorted,
      );
      const page = await records.list("key", "id-C", 10);
      assert.deepEqual(
        page.map(({ id }) => id),
        sorted.slice(3, 13),
      );
      assert.deepEqual(await records.list("none"), []);
    },
  },
  {
    name: "the feed tells of each change, also of removals, in its order",
    instances: 1,
    async run(place) {
      const { records } = await place.open();
      assert.deepEqual(await records.changes(0), { changes: [], last: 0 });
      await records.write([put("a", 1), put("b", 1), put("c", 1)]);
      await records.write([put("a", 2)]);
      await records.write([put("b", undefined)]);
      const { changes, last } = await records.changes(0);
      assert.deepEqual(
        changes.map(({ id, record }) => [id, record?.value]),
        [
          ["c", 1],
          ["a", 2],
          ["b", undefined],
        ],
      );
      assert.deepEqual(
        [...changes].sort((a, b) => a.seq - b.seq),
        changes,
      );
      assert.deepEqual(await records.changes(last), { changes: [], last });
      const first = await records.changes(0, 1);
      assert.equal(first.changes.length, 1);
      const rest = await records.changes(first.last);
      assert.deepEqual(
        rest.changes.map(({ id }) => id),
        ["a", "b"],
      );
    },
  },
  {
    name: "whoever follows the feed misses nothing while 8 write over two instances",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      const reader = (await place.open()).records;
      const writers = 8;
      const each = 25;
      let writing = true;
      const told: RecordChange[] = [];
      const follow = async () => {
        let after = 0;
        for (let more = true; more; ) {
          more = writing;
          const { changes, last } = await reader.changes(after, 7);
          told.push(...changes);
          if (changes.length > 0) more = true;
          after = last;
          await sleep(place.clock, 0);
        }
      };
      const write = async (writer: number) => {
        const { records } = instances[writer % 2] as (typeof instances)[0];
        for (let n = 0; n < each; n += 1) {
          // Two records at once, of which one is everybody's.
          await records.write([put(`w${writer}-${n}`, n, 0), put("shared", writer)]);
          if (n % 8 === writer) await sleep(place.clock, 2);
        }
      };
      const following = follow();
      await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
      writing = false;
      await following;
      assert.deepEqual(
        told.map(({ seq }) => seq),
        [...new Set(told.map(({ seq }) => seq))].sort((a, b) => a - b),
      );
      const own = new Set(told.filter(({ id }) => id !== "shared").map(({ id }) => id));
      assert.equal(own.size, writers * each);
      assert.equal((await reader.get("key", "shared"))?.version, writers * each);
    },
  },
  {
    name: "of many who expect the same version one succeeds",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      await instances[0].records.write([put("a", 0)]);
      let won = 0;
      const tries = Array.from({ length: 20 }, async (_, n) => {
        try {
          await (instances[n % 2] as (typeof instances)[0]).records.write([put("a", n, 1)]);
          won += 1;
        } catch (error) {
          assert(StoreError.is(error) && error.code === "conflict", String(error));
        }
      });
      await Promise.all(tries);
      assert.equal(won, 1);
      assert.equal((await instances[1].records.get("key", "a"))?.version, 2);
    },
  },
  {
    name: "what is out of bounds is refused",
    instances: 1,
    async run(place) {
      const { records } = await place.open();
      await refuses("invalid", () => records.get("", "a"));
      await refuses("invalid", () => records.get("key", "x".repeat(201)));
      await refuses("invalid", () => records.write([put("a\0b", 1)]));
      await refuses("invalid", () => records.write([put("a", 1, -1)]));
      await refuses("invalid", () => records.write([{ ...put("a", 1), expiresAt: Number.NaN }]));
      await refuses("invalid", () => records.write([put("a", "x".repeat(1_000_001))]));
      await refuses("invalid", () => records.list("key", "", 0));
      await refuses("invalid", () => records.changes(-1));
      assert.deepEqual((await records.changes(0)).changes, []);
    },
  },
];
