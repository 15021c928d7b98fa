// Threads that screen: they work beside the loop, they may die, hang or be full, and no body is ever taken for clean by that.

import { monitorEventLoopDelay } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, test } from "vitest";
import { STANDARD_KINDS } from "./kinds.ts";
import { Redaction } from "./redaction.ts";
import { PARTS } from "./request-text.ts";
import type { ScreenPolicy } from "./screen-body.ts";
import { ScreenPool } from "./screen-pool.ts";

const { clock } = systemRuntime();
const policy: ScreenPolicy = { id: "p", mode: "mask", kinds: STANDARD_KINDS, patterns: [], scope: PARTS, key: "key" };
const said = (text: string) => Buffer.from(JSON.stringify({ model: "m", messages: [{ role: "user", content: text }] }));
const BODY = said("mail anna@nordwind-handel.de");
const bounds = { threads: 1, queue: 2, timeoutMs: 20_000 };

/** A thread that does as a piece of code says with each message. */
const thread = (code: string) => () =>
  new Worker(`const { parentPort } = require("node:worker_threads"); ${code}`, { eval: true });

let pool: ScreenPool | undefined;
afterEach(() => pool?.close());

describe("the threads", () => {
  test("bodies are screened, more than there are threads", async () => {
    pool = new ScreenPool(bounds, clock);
    const all = await Promise.all([1, 2, 3].map(() => pool?.screen(BODY, policy)));
    for (const one of all) expect(one).toMatchObject({ counts: [["email", 1]] });
    expect(pool.threads).toBe(1);
  });

  test("a full queue refuses", async () => {
    pool = new ScreenPool(bounds, clock, thread("parentPort.on('message', () => {});"));
    const asked = [1, 2, 3].map(() => pool?.screen(BODY, policy));
    expect(await pool.screen(BODY, policy)).toBe("busy");
    expect(asked).toHaveLength(3);
  });

  test("a thread that hangs is ended, and the next body gets another", async () => {
    let made = 0;
    const first = thread("parentPort.on('message', () => { for (;;); });");
    const good = new ScreenPool(bounds, clock);
    pool = new ScreenPool({ ...bounds, timeoutMs: 300 }, clock, () => {
      made += 1;
      return first();
    });
    const [late, next] = await Promise.all([pool.screen(BODY, policy), pool.screen(BODY, policy)]);
    expect([late, next, made]).toEqual(["late", "late", 2]);
    expect(await good.screen(BODY, policy)).toMatchObject({ counts: [["email", 1]] });
    good.close();
  });

  test("a thread that dies is replaced, and its body is tried once more", async () => {
    let made = 0;
    const dies = thread("parentPort.on('message', () => process.exit(1));");
    const lives = thread(
      "parentPort.on('message', ({ id }) => parentPort.postMessage({ id, screening: { counts: [], values: [], paths: [] } }));",
    );
    pool = new ScreenPool(bounds, clock, () => {
      made += 1;
      return made === 1 ? dies() : lives();
    });
    const all = await Promise.all([pool.screen(BODY, policy), pool.screen(BODY, policy)]);
    expect(all).toMatchObject([{ counts: [] }, { counts: [] }]);
    expect(made).toBe(2);
  });

  test("a body that kills every thread is given up, and those behind it are not", async () => {
    const picky = thread(
      "parentPort.on('message', ({ id, body }) => body.length > 200 ? process.exit(1) : parentPort.postMessage({ id, screening: { counts: [], values: [], paths: [] } }));",
    );
    pool = new ScreenPool(bounds, clock, picky);
    const all = await Promise.all([pool.screen(said("x".repeat(300)), policy), pool.screen(BODY, policy)]);
    expect(all).toMatchObject(["died", { counts: [] }]);
  });

  test("threads that cannot be started are told as such", async () => {
    pool = new ScreenPool(bounds, clock, () => {
      throw new Error("no threads");
    });
    expect(await pool.screen(BODY, policy)).toBe("died");
  });

  test("after close what waits is still done", async () => {
    pool = new ScreenPool(bounds, clock);
    const asked = [pool.screen(BODY, policy), pool.screen(BODY, policy)];
    pool.close();
    for (const one of await Promise.all(asked)) expect(one).toMatchObject({ counts: [["email", 1]] });
    expect(pool.threads).toBe(0);
  });
});

describe("when a body cannot be screened", () => {
  const big = said(`anna@nordwind-handel.de ${"x".repeat(20_000)}`);
  const redaction = (mode: "mask" | "refuse" | "report", on_failure: "refuse" | "pass" = "refuse") => {
    const broken = new ScreenPool(bounds, clock, thread("process.exit(1)"));
    const options = { mode, restore: true, scope: PARTS, files: "pass", on_failure } as const;
    const one = new Redaction([{ name: "p", keys: ["k"], redaction: options }], clock, undefined, broken);
    const of = one.policy("p");
    if (of === undefined) throw new Error("no policy");
    return one.screen(of, big);
  };

  test("mask and refuse let nothing out, unless told to", async () => {
    for (const mode of ["mask", "refuse"] as const) {
      expect(await redaction(mode)).toMatchObject({
        ok: false,
        code: "redaction_failed",
        fill: { reason: "its thread died" },
      });
      expect(await redaction(mode, "pass")).toMatchObject({ ok: true, body: big });
    }
  });

  test("report lets it pass", async () => {
    expect(await redaction("report")).toMatchObject({ ok: true, body: big, counts: [] });
  });
});

test("a megabyte is screened beside the loop", async () => {
  const one = new Redaction(
    [
      {
        name: "p",
        keys: ["k"],
        redaction: { mode: "mask", restore: true, scope: PARTS, files: "pass", on_failure: "refuse" },
      },
    ],
    clock,
  );
  const of = one.policy("p");
  if (of === undefined) throw new Error("no policy");
  const body = said("the quick brown fox, 你好, anna@nordwind-handel.de, const x = 1; ".repeat(16_000));
  expect(body.length).toBeGreaterThan(1_000_000);
  await one.screen(of, body);
  const held: number[] = [];
  for (let i = 0; i < 3; i++) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const before = performance.eventLoopUtilization();
    expect(await one.screen(of, body)).toMatchObject({ ok: true, changed: true });
    held.push(performance.eventLoopUtilization(before).active);
    delay.disable();
  }
  one.close();
  // The best of three: the machine has others to serve.
  expect(Math.min(...held)).toBeLessThan(30);
}, 30_000);
