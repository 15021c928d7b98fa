// What every audit log must do.

import { strict as assert } from "node:assert";
import { AUDIT_BEGINNING, auditBreak } from "../audit.ts";
import { type Case, refuses } from "./case.ts";

const event = (n: number) => ({ at: 1_000 + n, actor: "cli", action: "key.create", subject: `key:k_${n}` });

/** The cases. */
export const AUDIT_CASES: readonly Case[] = [
  {
    name: "entries form a chain, and come back as they went in",
    instances: 1,
    async run(place) {
      const { audit } = await place.open();
      assert.deepEqual(await audit.entries(), []);
      const detail = { z: 1, a: [{ y: null, b: "\0 \ud800 中" }], n: -0.5 };
      const full = { ...event(1), project: "web", from: "::1", detail };
      const odd = { ...event(2), at: 1_002.7, actor: "a\0b\ud800", detail: null };
      const entries = [await audit.append(full), await audit.append(event(1)), await audit.append(odd)];
      assert.deepEqual(
        entries.map(({ seq }) => seq),
        [1, 2, 3],
      );
      assert.equal(entries[0]?.previous, AUDIT_BEGINNING);
      const { seq: _seq, previous: _previous, hash: _hash, ...same } = entries[0] as (typeof entries)[0];
      assert.deepEqual(same, full);
      const told = await audit.entries();
      assert.deepEqual(told, entries);
      assert.equal(auditBreak(told), undefined);
    },
  },
  {
    name: "a change of the past shows",
    instances: 1,
    async run(place) {
      const { audit } = await place.open();
      for (let n = 0; n < 5; n += 1) await audit.append(event(n));
      const told = await audit.entries();
      const changed = told.map((entry) => (entry.seq === 3 ? { ...entry, actor: "nobody" } : entry));
      assert.equal(auditBreak(changed), 3);
      assert.equal(auditBreak(told.filter(({ seq }) => seq !== 4)), 5);
    },
  },
  {
    name: "it is read a page at a time",
    instances: 1,
    async run(place) {
      const { audit } = await place.open();
      for (let n = 0; n < 12; n += 1) await audit.append(event(n));
      const first = await audit.entries(0, 5);
      const second = await audit.entries(5, 5);
      assert.deepEqual(
        [...first, ...second].map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      );
      assert.equal(auditBreak(second, first.at(-1)), undefined);
      assert.deepEqual(await audit.entries(12), []);
      await refuses("invalid", () => audit.entries(0, 0));
      await refuses("invalid", () => audit.append({ ...event(1), at: Number.NaN }));
    },
  },
  {
    name: "two instances that append at once make one chain",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      const appends = Array.from({ length: 60 }, (_, n) =>
        (instances[n % 2] as (typeof instances)[0]).audit.append(event(n)),
      );
      const entries = await Promise.all(appends);
      assert.equal(new Set(entries.map(({ seq }) => seq)).size, 60);
      const told = await instances[0].audit.entries();
      assert.equal(told.length, 60);
      assert.equal(auditBreak(told), undefined);
      assert.deepEqual(
        [...entries].sort((a, b) => a.seq - b.seq),
        told,
      );
    },
  },
];
