// What every store of custody must do.

import { strict as assert } from "node:assert";
import type { CustodyRow } from "../custody.ts";
import { type Case, refuses, shifted } from "./case.ts";

const NOW = 1_800_000_000_000;

const thing = (id: string, more: Partial<CustodyRow> = {}): CustodyRow => ({
  kind: "file",
  id,
  project: "red",
  keyId: "key_1",
  upstream: "near",
  account: "acme",
  at: NOW,
  ...more,
});

const idsOf = (rows: readonly CustodyRow[] | undefined) => rows?.map(({ id }) => id);

/** The cases. */
export const CUSTODY_CASES: readonly Case[] = [
  {
    name: "what was noted is found by its kind and id, on every instance",
    instances: 2,
    async run(place) {
      const [{ custody }, other] = await Promise.all([place.open(), place.open()]);
      const expiresAt = Math.floor(place.clock.wall()) + 3_600_000;
      const rows = [thing("file_1"), thing("file_2", { expiresAt }), thing("same", { kind: "batch", keyId: "" })];
      await custody.put(rows);
      assert.deepEqual(await other.custody.find("file", ["file_2"]), [rows[1]]);
      assert.deepEqual(idsOf(await other.custody.find("file", ["file_1", "file_2", "file_1", "none"]))?.sort(), [
        "file_1",
        "file_2",
      ]);
      assert.deepEqual(await other.custody.find("batch", ["same"]), [rows[2]]);
      assert.deepEqual(await other.custody.find("file", ["same"]), []);
      assert.deepEqual(await other.custody.find("file", []), []);
      await custody.put([]);
    },
  },
  {
    name: "what somebody has stays with whoever has it, also when many note it at once",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      const [{ custody }] = instances;
      await custody.put([thing("file_1")]);
      await custody.put([thing("file_1", { project: "blue" }), thing("file_2", { project: "blue" })]);
      assert.equal((await custody.find("file", ["file_1"]))[0]?.project, "red");
      assert.equal((await custody.find("file", ["file_2"]))[0]?.project, "blue");
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (instances[n % 2] as (typeof instances)[0]).custody.put([
            thing("file_b", { project: `p${n}` }),
            thing("file_a", { project: `p${n}` }),
          ]),
        ),
      );
      const [a, b] = await Promise.all(instances.map((one) => one.custody.find("file", ["file_a", "file_b"])));
      assert.equal(a?.length, 2);
      assert.deepEqual(new Set(a?.map(({ project }) => project)), new Set(b?.map(({ project }) => project)));
      // Released is not free: an id is never given twice.
      await custody.release("file", "file_1");
      await custody.put([thing("file_1", { project: "blue" })]);
      assert.deepEqual(await custody.find("file", ["file_1"]), []);
    },
  },
  {
    name: "a project's things are listed newest first, in pages in both directions, and nobody else's",
    instances: 1,
    async run(place) {
      const { custody } = await place.open();
      const rows = Array.from({ length: 12 }, (_, n) =>
        thing(`file_${String.fromCharCode(97 + ((n * 5) % 12))}`, { at: NOW + Math.floor(n / 3) }),
      );
      await custody.put([
        ...rows,
        thing("file_x", { project: "blue", at: NOW + 1 }),
        thing("batch_x", { kind: "batch", at: NOW + 1 }),
      ]);
      const sorted = [...rows].sort((one, two) => two.at - one.at || (one.id < two.id ? 1 : -1)).map(({ id }) => id);
      assert.deepEqual(idsOf(await custody.page("red", "file")), sorted);
      const walk: string[] = [];
      for (let after: string | undefined; ; after = walk.at(-1)) {
        const page = idsOf(await custody.page("red", "file", after === undefined ? {} : { after }, 5)) ?? [];
        walk.push(...page);
        if (page.length < 5) break;
      }
      assert.deepEqual(walk, sorted);
      assert.deepEqual(
        idsOf(await custody.page("red", "file", { before: sorted[7] as string }, 3)),
        sorted.slice(4, 7),
      );
      assert.deepEqual(idsOf(await custody.page("red", "file", { before: sorted[0] as string }, 3)), []);
      assert.deepEqual(idsOf(await custody.page("green", "file")), []);
      // A cursor of somebody else is none.
      assert.equal(await custody.page("red", "file", { after: "file_x" }), undefined);
      assert.equal(await custody.page("red", "file", { after: "batch_x" }), undefined);
      assert.equal(await custody.page("red", "file", { before: "nobody" }), undefined);
    },
  },
  {
    name: "what was released is gone, and still a place to go on from",
    instances: 1,
    async run(place) {
      const { custody } = await place.open();
      await custody.put([1, 2, 3, 4].map((n) => thing(`file_${n}`, { at: NOW + n })));
      await custody.release("file", "file_3");
      await custody.release("file", "file_3");
      await custody.release("file", "none");
      assert.deepEqual(await custody.find("file", ["file_3"]), []);
      assert.deepEqual(idsOf(await custody.page("red", "file")), ["file_4", "file_2", "file_1"]);
      assert.deepEqual(idsOf(await custody.page("red", "file", { after: "file_3" })), ["file_2", "file_1"]);
      assert.deepEqual(idsOf(await custody.page("red", "file", { before: "file_3" })), ["file_4"]);
    },
  },
  {
    name: "what has expired is as if it were not there",
    instances: 1,
    async run(place) {
      let ahead = 0;
      const clock = shifted(place.clock, () => ahead);
      const { custody } = await place.open(clock);
      const expiresAt = Math.floor(clock.wall()) + 60_000;
      await custody.put([thing("file_1", { expiresAt }), thing("file_2")]);
      assert.equal((await custody.find("file", ["file_1"]))[0]?.expiresAt, expiresAt);
      ahead = 61_000;
      assert.deepEqual(await custody.find("file", ["file_1"]), []);
      assert.deepEqual(idsOf(await custody.page("red", "file")), ["file_2"]);
    },
  },
  {
    name: "what is out of bounds is refused",
    instances: 1,
    async run(place) {
      const { custody } = await place.open();
      await refuses("invalid", () => custody.put([thing("")]));
      await refuses("invalid", () => custody.put([thing("a\0b")]));
      await refuses("invalid", () => custody.put([thing("file_1", { project: "" })]));
      await refuses("invalid", () => custody.put([thing("file_1", { at: Number.NaN })]));
      await refuses("invalid", () => custody.put(Array.from({ length: 1_001 }, (_, n) => thing(`file_${n}`))));
      await refuses("invalid", () => custody.put([{ ...thing("x"), kind: "container" as "file" }]));
      await refuses("invalid", () => custody.find("file", ["x".repeat(201)]));
      await refuses("invalid", () => custody.page("red", "file", { after: "a", before: "b" }));
      await refuses("invalid", () => custody.page("red", "file", {}, 0));
      assert.deepEqual(await custody.page("red", "file"), []);
    },
  },
];
