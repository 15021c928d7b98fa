// What every ledger must do.

import { strict as assert } from "node:assert";
import { pick, seededRandom } from "@fairlead/runtime";
import type { Ledger, LedgerFilter, UsageDimension } from "../ledger.ts";
import type { LedgerRow } from "../ledger-row.ts";
import { memoryLedger } from "../memory/ledger.ts";
import { type Case, refuses } from "./case.ts";
import { FIRST_DAY, madeRow, madeRows } from "./made-rows.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The cases. */
export const LEDGER_CASES: readonly Case[] = [
  {
    name: "a row counts once, told twice, in one batch or in two",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const [a, b, c] = [madeRow("att_a"), madeRow("att_b"), madeRow("att_c")];
      assert.equal(await ledger.append([]), 0);
      assert.equal(await ledger.append([a, b, a]), 2);
      assert.equal(await ledger.append([b, { ...a, inputTokens: 999 }, c]), 1);
      assert.equal(await ledger.append([a, b, c]), 0);
      const [line] = await ledger.usage({}, []);
      assert.equal(line?.attempts, 3);
      assert.equal(line?.inputTokens, 30);
      assert.equal(line?.picoUsd, 3_000_000n);
    },
  },
  {
    name: "a correction takes off or adds, exactly, and is no attempt; nothing else may be negative",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const at = FIRST_DAY + 5 * HOUR_MS;
      const correction = madeRow("cor_1", {
        ...{
          at,
          ended: "correction",
          verdict: "correction",
          inputTokens: -4,
          outputTokens: -19,
          picoUsd: -1_500_000_001,
        },
        ...{ cacheReadTokens: 7, cacheWrite5mTokens: -1, cacheWrite1hTokens: 1, webSearchRequests: -1 },
      });
      const rows = [
        madeRow("att_a", { at, picoUsd: 4_000_000_000, webSearchRequests: 1, estimated: true }),
        correction,
      ];
      assert.equal(await ledger.append(rows), 2);
      assert.equal(await ledger.append([correction]), 0);
      for (const by of [["hour"], ["day"]] as const) {
        const [line, ...more] = await ledger.usage({}, by);
        assert.equal(more.length, 0);
        assert.equal(line?.attempts, 1);
        assert.equal(line?.estimated, 1);
        assert.equal(line?.inputTokens, 6);
        assert.equal(line?.outputTokens, 1);
        assert.equal(line?.cacheReadTokens, 7);
        assert.equal(line?.cacheWrite5mTokens, -1);
        assert.equal(line?.webSearchRequests, 0);
        assert.equal(line?.picoUsd, 2_499_999_999n);
      }
      const { rows: found } = await ledger.rows({ requestId: "req_fl_cor_1" });
      assert.deepEqual(found, [correction]);
      await refuses("invalid", () => ledger.append([madeRow("att_b", { outputTokens: -1 })]));
      await refuses("invalid", () => ledger.append([{ ...correction, attemptId: "cor_2", endMs: -1 }]));
    },
  },
  {
    name: "rows come back as they went in",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const full = madeRow("att_full", {
        ...{
          callerRequestId: "c",
          upstreamRequestId: "u",
          messageId: "msg_1",
          actor: "user:ann",
          session: "s — ✓ 中文 😀",
        },
        ...{
          modelAsked: "m",
          modelServed: "m-1",
          region: "ap",
          headMs: 0,
          firstTokenMs: 5,
          code: "fairlead_x",
          status: 200,
        },
        ...{
          iterations: "[]",
          serviceTier: "priority",
          speed: "fast",
          inferenceGeo: "us",
          priceRow: "m@2026-01-01>200000",
        },
        ...{ picoUsd: Number.MAX_SAFE_INTEGER, stream: false, priced: false, estimated: true },
      });
      const bare = madeRow("att_bare", { at: full.at - 1 });
      await ledger.append([full, bare]);
      const { rows, next } = await ledger.rows({});
      assert.deepEqual(rows, [full, bare]);
      assert.equal(next, undefined);
    },
  },
  {
    name: "usage is what the rows add up to, whatever is asked",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const known = memoryLedger();
      const rows = madeRows("usage", 400);
      for (const one of [ledger, known]) {
        await one.append(rows.slice(0, 250));
        await one.append(rows.slice(200));
      }
      for (const { filter, by } of questions("usage", rows, 60)) {
        const told = await ledger.usage(filter, by);
        assert.deepEqual(told, await known.usage(filter, by), `${JSON.stringify(filter)} by ${by.join()}`);
      }
      assert.deepEqual(await ledger.usage({ project: "nobody" }, []), []);
      assert.deepEqual(await ledger.usage({ project: "nobody" }, ["day"]), []);
      const [first] = await ledger.usage({}, ["day", "key"]);
      assert.deepEqual(Object.keys(first ?? {}).slice(0, 2), ["at", "keyId"]);
    },
  },
  {
    name: "sums of money are exact beyond 2^53 and 2^63 pico-dollars",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const most = Number.MAX_SAFE_INTEGER;
      const rows = Array.from({ length: 2_100 }, (_, n) => madeRow(`att_${n}`, { picoUsd: most - n }));
      await ledger.append(rows.slice(0, 1_050));
      await ledger.append(rows.slice(1_050));
      const whole = rows.reduce((sum, { picoUsd }) => sum + BigInt(picoUsd), 0n);
      assert(whole > 2n ** 64n);
      for (const by of [[], ["hour"], ["day"]] as const) {
        const [line] = await ledger.usage({}, by);
        assert.equal(line?.picoUsd, whole);
      }
    },
  },
  {
    name: "rows can be asked for by everything that usage can, and by request",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const known = memoryLedger();
      const rows = madeRows("rows", 200);
      await ledger.append(rows);
      await known.append(rows);
      for (const { filter } of questions("rows", rows, 40)) {
        const told = await ledger.rows(filter, 1_000);
        assert.deepEqual(told, await known.rows(filter, 1_000), JSON.stringify(filter));
      }
      const requestId = rows[10]?.requestId ?? "";
      const { rows: two } = await ledger.rows({ requestId });
      assert.deepEqual(two.map(({ attempt }) => attempt).sort(), [1, 2]);
    },
  },
  {
    name: "pages follow each other without gap or repetition while rows come in",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const at = FIRST_DAY + DAY_MS;
      // Many rows of one millisecond, so that pages end inside it.
      const rows = Array.from({ length: 95 }, (_, n) =>
        madeRow(`att_${String(n).padStart(3, "0")}`, { at: at + (n >> 4) }),
      );
      await ledger.append(rows);
      const seen: string[] = [];
      let before: string | undefined;
      let pages = 0;
      do {
        const page = await ledger.rows({ project: "web" }, 10, before);
        seen.push(...page.rows.map(({ attemptId }) => attemptId));
        before = page.next;
        pages += 1;
        await ledger.append([madeRow(`att_later_${pages}`, { at: at + HOUR_MS + pages })]);
      } while (before !== undefined);
      assert.equal(pages, 10);
      assert.deepEqual(seen, rows.map(({ attemptId }) => attemptId).reverse());
      assert.equal((await ledger.rows({}, 105)).next, undefined);
    },
  },
  {
    name: "rows that began before a time are removed in bites, and their sums stay",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const rows = madeRows("expire", 100);
      await ledger.append(rows);
      const sums = await ledger.usage({}, ["day"]);
      const cut = FIRST_DAY + 36 * HOUR_MS;
      const old = rows.filter(({ at }) => at < cut).length;
      assert.equal(await ledger.expire(cut, 10), 10);
      let gone = 10;
      for (let more = 10; more === 10; gone += more) more = await ledger.expire(cut, 10);
      assert.equal(gone, old);
      assert.equal((await ledger.rows({}, 1_000)).rows.length, rows.length - old);
      assert.equal((await ledger.rows({ to: cut }, 1_000)).rows.length, 0);
      assert.deepEqual(await ledger.usage({}, ["day"]), sums);
    },
  },
  {
    name: "text that a database cannot keep, or that is endless, does not stop the ledger",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const odd = madeRow("att_odd", {
        session: "a\0b",
        modelAsked: "m".repeat(10_000),
        actor: "\ud800",
        keyId: "'; --",
      });
      const wide = madeRow("att_wide", {
        modelAsked: "模".repeat(5_000),
        project: "项".repeat(500),
        actor: "😀".repeat(999),
      });
      assert.equal(await ledger.append([odd, wide]), 2);
      assert.equal(await ledger.append([odd, wide]), 0);
      const { rows } = await ledger.rows({ keyId: "'; --" });
      assert.equal(rows[0]?.session, "a\ufffdb");
      const lines = await ledger.usage({}, ["model"]);
      assert.equal(lines.length, 2);
      assert((lines[0]?.model?.length ?? 0) >= 100);
    },
  },
  {
    name: "what is no row, no question and no cursor is refused, and nothing of it is kept",
    instances: 1,
    async run(place) {
      const { ledger } = await place.open();
      const good = madeRow("att_good");
      const bad: readonly Partial<LedgerRow>[] = [
        { attemptId: "" },
        { attemptId: "x".repeat(201) },
        { inputTokens: -1 },
        { inputTokens: 1.5 },
        { picoUsd: 2 ** 53 },
        { picoUsd: Number.NaN },
        { at: Number.POSITIVE_INFINITY },
        { project: undefined as unknown as string },
        { stream: 1 as unknown as boolean },
      ];
      for (const one of bad) await refuses("invalid", () => ledger.append([good, madeRow("att_bad", one)]));
      assert.deepEqual((await ledger.rows({})).rows, []);
      await refuses("invalid", () => ledger.usage({}, ["hour", "day"]));
      await refuses("invalid", () => ledger.usage({}, ["session" as UsageDimension]));
      await refuses("invalid", () => ledger.usage({ from: Number.NaN }, []));
      await refuses("invalid", () => ledger.rows({}, 0));
      await refuses("invalid", () => ledger.rows({}, 10, "drop table"));
      await refuses("invalid", () => ledger.expire(0, 0));
    },
  },
  {
    name: "two instances that append the same rows at once, in any order, count each once",
    instances: 2,
    async run(place) {
      const instances = await Promise.all([place.open(), place.open()]);
      const rows = madeRows("race", 600);
      const random = seededRandom("race");
      const shuffled = () => rows.map((row) => ({ row, key: random.next() })).sort((a, b) => a.key - b.key);
      let fresh = 0;
      const teller = async ({ ledger }: { readonly ledger: Ledger }) => {
        const mine = shuffled().map(({ row }) => row);
        for (let at = 0; at < mine.length; at += 50) {
          const more = await ledger.append(mine.slice(at, at + 50));
          fresh += more;
        }
      };
      await Promise.all([0, 1, 2, 3, 4, 5].map((n) => teller(instances[n % 2] as (typeof instances)[0])));
      assert.equal(fresh, rows.length);
      const known = memoryLedger();
      await known.append(rows);
      for (const by of [
        ["day", "project"],
        ["hour", "key", "model"],
      ] as const)
        assert.deepEqual(await instances[0].ledger.usage({}, by), await known.usage({}, by));
    },
  },
];

interface Question {
  readonly filter: LedgerFilter;
  readonly by: readonly UsageDimension[];
}

function questions(seed: string, rows: readonly LedgerRow[], count: number): readonly Question[] {
  const random = seededRandom(`questions ${seed}`);
  const all: readonly UsageDimension[] = ["hour", "day", "project", "key", "model", "upstream", "actor"];
  const begin = FIRST_DAY;
  const maybe = <T>(value: T): T | undefined => (random.next() < 0.3 ? value : undefined);
  const time = () => begin + (random.next() < 0.5 ? pick(random, 4) * DAY_MS : pick(random, 3 * DAY_MS));
  return Array.from({ length: count }, () => {
    const row = rows[pick(random, rows.length)] as LedgerRow;
    const dimensions = all.filter(() => random.next() < 0.35);
    const filter = {
      from: maybe(time()),
      to: maybe(time()),
      project: maybe(row.project),
      keyId: maybe(row.keyId),
      model: maybe(row.modelServed ?? row.modelAsked ?? ""),
      upstream: maybe(row.upstream),
    };
    return { filter, by: dimensions.includes("day") ? dimensions.filter((one) => one !== "hour") : dimensions };
  });
}
