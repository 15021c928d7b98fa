// The ledger as a service: nothing is lost when the gateway dies, the store is away or the disk is full.

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failure } from "@fairlead/engine";
import { type LedgerRow, memoryLedger, StoreError } from "@fairlead/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { free, request, scene, TARGET } from "../../testing/ledger-stand.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meter-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("when the gateway dies", () => {
  test("what ran becomes a row with what was known of it last, once, however often it is read", async () => {
    const ledger = memoryLedger();
    const dead = scene(folder, { ledger, seed: "dead" });
    const done = await dead.attempt(request({ id: "done" }));
    done.wire.begin();
    done.wire.text("z");
    done.wire.stop();
    const running = await dead.attempt(request({ id: "running" }));
    running.wire.begin();
    running.wire.text("x".repeat(4_000));
    await dead.rt.clock.advance(60);
    await dead.attempt(request({ id: "head only" }));
    // The process is gone: nothing is closed, nothing is shipped. Its folder is that of this process, so it is freed by hand.
    free(folder);
    const next = scene(folder, { ledger, seed: "next" });
    await next.service.flush();
    const { rows } = await ledger.rows({}, 100);
    const brief = rows.map(({ requestId, ended, inputTokens, outputTokens, estimated }) => [
      requestId,
      ended,
      inputTokens,
      outputTokens,
      estimated,
    ]);
    expect(brief.sort()).toEqual([
      ["done", "whole", 100, 40, false],
      // A prompt of 400 bytes was on its way: (250 + 150) / (1000 + 400) of a token to a byte, after one answer.
      ["head only", "crashed", 114, 0, true],
      ["running", "crashed", 100, 1_000, true],
    ]);
    expect(next.service.figures()).toMatchObject({ crashed: 2, rowsWaiting: 0, store: "ok" });
    expect(next.facts.join()).toContain("2 attempts of a gateway that died");
    await next.service.close();
    const third = scene(folder, { ledger, seed: "third" });
    expect((await third.rows()).length).toBe(3);
    await third.service.close();
  });

  test("an answer counts to the last five milliseconds, at the price of all its kinds of tokens", async () => {
    const ledger = memoryLedger();
    const dead = scene(folder, { ledger, seed: "dead" });
    const running = await dead.attempt(request({ id: "running" }));
    running.wire.begin();
    for (let i = 0; i < 50; i++) {
      running.wire.text("x".repeat(40));
      await dead.rt.clock.advance(7);
    }
    running.wire.text("x".repeat(40));
    await dead.rt.clock.advance(1);
    free(folder);
    const next = scene(folder, { ledger, seed: "next" });
    // 50 of 51 pieces of 10 tokens. 100 * 4 + 50 * 0.2 + 500 * 20 dollars a million.
    expect(await next.rows()).toMatchObject([
      { ended: "crashed", estimated: true, inputTokens: 100, outputTokens: 500, picoUsd: 10_410_000_000, endMs: 365 },
    ]);
    await next.service.close();
  });

  test("what had another name upstream is priced by that name, under which the provider reports it", async () => {
    const ledger = memoryLedger();
    const dead = scene(folder, { ledger, seed: "dead" });
    const target = { ...TARGET, modelName: () => "claude-opus-5" };
    await dead.attempt(request({ target, look: { ...request().look, model: "our-best" } }));
    free(folder);
    const next = scene(folder, { ledger, seed: "next" });
    // A prompt of 400 bytes: 100 tokens at 5 dollars a million.
    expect(await next.rows()).toMatchObject([
      { modelAsked: "our-best", modelServed: "claude-opus-5", inputTokens: 100, picoUsd: 500_000_000, priced: true },
    ]);
    await next.service.close();
  });

  test("what was told with the stop reason is the last word, although the end never came", async () => {
    const ledger = memoryLedger();
    const dead = scene(folder, { ledger, seed: "dead" });
    const running = await dead.attempt(request({ id: "running" }));
    running.wire.begin();
    running.wire.text("x".repeat(4_000));
    await dead.rt.clock.advance(20);
    running.wire.event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 40 } });
    await dead.rt.clock.advance(20);
    free(folder);
    const next = scene(folder, { ledger, seed: "next" });
    expect(await next.rows()).toMatchObject([
      { ended: "crashed", estimated: false, inputTokens: 100, outputTokens: 40, picoUsd: 1_210_000_000 },
    ]);
    await next.service.close();
  });

  test("old segments go although an attempt of theirs still runs, and nothing of it is forgotten", async () => {
    const ledger = memoryLedger();
    const dead = scene(folder, { ledger, seed: "long", segment: 4_000 });
    const long = await dead.attempt(request({ id: "long" }));
    long.wire.begin();
    long.wire.text("x".repeat(400));
    for (let i = 0; i < 30; i++) {
      const { wire } = await dead.attempt(request({ id: `short ${i}` }));
      wire.begin();
      wire.text("z");
      wire.stop();
      await dead.service.flush();
    }
    await dead.rt.clock.advance(100);
    await dead.service.flush();
    expect(dead.service.figures().segments).toBe(1);
    free(folder);
    const next = scene(folder, { ledger, seed: "next" });
    const row = (await next.rows()).find((one) => one.requestId === "long");
    expect(row).toMatchObject({ ended: "crashed", inputTokens: 100, outputTokens: 100 });
    expect((await next.rows()).length).toBe(31);
    await next.service.close();
  });
});

test("a folder that cannot be made is told in clear words before the gateway listens", () => {
  writeFileSync(join(folder, "spool"), "a file in its place");
  expect(() => scene(folder)).toThrow(/the spool in .* does not work|cannot be written/);
});

test("a segment with the only record of an attempt that runs stays, however much of it is shipped", async () => {
  const ledger = memoryLedger();
  const dead = scene(folder, { ledger, seed: "only", segment: 4_000 });
  const running = await dead.attempt(request({ id: "running" }));
  running.wire.begin();
  // All within one moment: nobody looks at what runs in between.
  const refused = failure("cut_early", {}, { verdict: "overloaded", unsent: true });
  for (let i = 0; i < 40; i++) await dead.policy.handle(request({ id: `refused ${i}` }), async () => refused);
  await dead.service.flush();
  expect(dead.service.figures().segments).toBe(2);
  free(folder);
  const next = scene(folder, { ledger, seed: "next" });
  const rows = await next.rows();
  expect(rows).toHaveLength(41);
  expect(rows.find((row) => row.requestId === "running")).toMatchObject({ ended: "crashed" });
  await next.service.close();
});

describe("what a configuration says", () => {
  test("rows that are older than ledger.keep are removed within the hour, 10,000 at a time; their sums stay", async () => {
    const memory = memoryLedger();
    const asked: number[] = [];
    const ledger: typeof memory = {
      ...memory,
      expire: (before, limit) => {
        asked.push(limit);
        // There were very many.
        return asked.length === 1 ? Promise.resolve(limit) : memory.expire(before, limit);
      },
    };
    // Two days of signs of life on disk would take their time.
    const { attempt, rt, rows, service } = scene(folder, { ledger, spool: false });
    service.apply({ ledger: { keep: 86_400_000, spool: 1 << 30 }, prices: [], projects: [] });
    const old = await attempt(request({ id: "old" }));
    old.wire.begin();
    old.wire.stop();
    await rt.clock.advance(2 * 86_400_000);
    const fresh = await attempt(request({ id: "fresh" }));
    fresh.wire.begin();
    fresh.wire.stop();
    expect((await rows()).map((row) => row.requestId)).toEqual(["fresh"]);
    expect(asked.slice(0, 2)).toEqual([10_000, 10_000]);
    expect(await memory.usage({}, [])).toMatchObject([{ attempts: 2 }]);
    await service.close();
  });

  test("a price of tomorrow's configuration prices what comes after it", async () => {
    const { attempt, rows, service } = scene(folder);
    const send = async () => {
      const { wire } = await attempt();
      wire.begin({ input_tokens: 1_000, output_tokens: 1 });
      wire.stop({ output_tokens: 0 });
    };
    await send();
    const row = { from: "1970-01-01", input: 1, output: 1, cacheRead: 0.1, cacheWrite5m: 1.25, cacheWrite1h: 2 };
    service.apply({
      ledger: { keep: 86_400_000, spool: 1 << 30 },
      prices: [{ model: "claude-opus-5-5", ...row }],
      projects: [],
    });
    await send();
    // 1000 * 4 and 1000 * 1 dollars a million.
    expect((await rows()).map((one) => one.picoUsd / 1e6).sort()).toEqual([1_000, 4_000]);
    await service.close();
  });
});

/** A ledger whose store is away until it is told to be back. */
function awayLedger() {
  const memory = memoryLedger();
  let down = true;
  const append = (rows: readonly LedgerRow[]) =>
    down ? Promise.reject(new StoreError("unavailable", "the store is away")) : memory.append(rows);
  return {
    memory,
    ledger: { ...memory, append },
    back: () => {
      down = false;
    },
  };
}

describe("when the store or the disk fails", () => {
  test("rows wait and go in order once it is back; no request waits", async () => {
    const { ledger, back } = awayLedger();
    const { attempt, rt, service } = scene(folder, { ledger });
    for (let i = 0; i < 5; i++) {
      const { wire } = await attempt(request({ id: `r${i}` }));
      wire.begin();
      wire.stop();
    }
    await rt.clock.advance(60_000);
    expect(service.figures()).toMatchObject({ rowsWaiting: 5, store: "down", problem: "the store is away" });
    expect(service.figures().oldestMs).toBeGreaterThan(50_000);
    back();
    await rt.clock.advance(14_000);
    expect(service.figures()).toMatchObject({ rowsWaiting: 0, store: "ok", shipped: 5 });
    await service.close();
  });

  test("a row that the store refuses for good does not keep out the others, and is told", async () => {
    const memory = memoryLedger();
    const ledger = {
      ...memory,
      append: (rows: readonly LedgerRow[]) =>
        rows.some((row) => row.requestId === "poison")
          ? Promise.reject(new StoreError("invalid", "this row makes no sense"))
          : memory.append(rows),
    };
    const { attempt, service, facts } = scene(folder, { ledger });
    for (const id of ["a", "b", "poison", "c"]) {
      const { wire } = await attempt(request({ id }));
      wire.begin();
      wire.stop();
    }
    await service.flush();
    expect((await memory.rows({})).rows.map((row) => row.requestId).sort()).toEqual(["a", "b", "c"]);
    expect(service.figures()).toMatchObject({ refused: 1, rowsWaiting: 0 });
    expect(facts.join()).toContain("this row makes no sense");
    await service.close();
  });

  test("a spool that fills up turns batch work away first, then all; what runs is still written", async () => {
    const ledger = { ...memoryLedger(), append: () => Promise.reject(new StoreError("unavailable", "away")) };
    const { attempt, policy, service } = scene(folder, { ledger, quota: 60_000 });
    const never = () => Promise.reject(new Error("sent"));
    while (service.figures().level === "well") (await attempt()).wire.sink?.end();
    expect(service.figures().level).toBe("crowded");
    expect(await policy.handle(request({ priority: "batch" }), never)).toMatchObject({
      ok: false,
      code: "ledger_crowded",
      local: true,
    });
    const late = await attempt();
    while (service.figures().level !== "full") (await attempt()).wire.sink?.end();
    expect(await policy.handle(request(), never)).toMatchObject({ ok: false, code: "ledger_full", unsent: true });
    const before = service.figures().rowsWaiting;
    late.wire.begin();
    late.wire.stop();
    expect(service.figures().rowsWaiting).toBe(before + 1);
    await service.close();
  });

  test("a segment that somebody removed to make room holds back no other row, and is told", async () => {
    const { memory, ledger, back } = awayLedger();
    const { attempt, rt, service, facts } = scene(folder, { ledger, segment: 4_000 });
    for (let i = 0; i < 20; i++) {
      const { wire } = await attempt(request({ id: `r${i}` }));
      wire.begin();
      wire.stop();
    }
    const own = join(folder, "spool", readdirSync(join(folder, "spool"))[0] as string);
    const segments = readdirSync(own).filter((name) => name.endsWith(".wal"));
    expect(segments.length).toBeGreaterThan(3);
    rmSync(join(own, segments[1] as string));
    back();
    await rt.clock.advance(20_000);
    expect(service.figures()).toMatchObject({ rowsWaiting: 0, store: "ok" });
    expect((await memory.rows({})).rows.map((row) => row.requestId)).toContain("r19");
    expect(facts.join()).toMatch(/spool: .*0000000002.wal .*is gone/);
    await service.close();
  });

  test("rows that wait are kept when the folder is taken away and the new one does not take them", async () => {
    const { memory, ledger, back } = awayLedger();
    let writes = Number.POSITIVE_INFINITY;
    const fault = (point: string) => {
      if (point === "writing" && --writes < 0) throw Object.assign(new Error("write"), { code: "ENOSPC" });
    };
    const { attempt, rt, service } = scene(folder, { ledger, fault });
    const { wire } = await attempt(request({ id: "done" }));
    wire.begin();
    wire.stop();
    await attempt(request({ id: "running" }));
    rmSync(join(folder, "spool"), { recursive: true });
    // The head of a new segment, and nothing more.
    writes = 1;
    await rt.clock.advance(16_000);
    expect(service.figures()).toMatchObject({ rowsWaiting: 1, unsaved: 1 });
    back();
    await rt.clock.advance(20_000);
    expect((await memory.rows({})).rows.map((row) => row.requestId)).toEqual(["done"]);
    await service.close();
  });

  test("a disk that takes nothing: no attempt is made, with clear words; a row that cannot be written waits in memory", async () => {
    let full = false;
    const fault = (point: string) => {
      if (full && point === "writing") throw Object.assign(new Error("write"), { code: "ENOSPC" });
    };
    const { attempt, policy, service, rows } = scene(folder, { fault });
    const running = await attempt(request({ id: "running" }));
    running.wire.begin();
    full = true;
    const refused = await policy.handle(request(), () => Promise.reject(new Error("sent")));
    expect(refused).toMatchObject({ ok: false, code: "ledger_unwritable" });
    expect(refused.ok ? "" : refused.message).toMatch(
      /no space is left for the spool .* so it makes none|makes none: no space is left/,
    );
    running.wire.stop();
    expect(service.figures()).toMatchObject({ unsaved: 1, level: "failing" });
    expect(await rows()).toMatchObject([{ requestId: "running", ended: "whole" }]);
    full = false;
    const after = await attempt(request({ id: "after" }));
    after.wire.begin();
    after.wire.stop();
    expect((await rows()).length).toBe(2);
    expect(service.figures()).toMatchObject({ unsaved: 0, level: "well" });
    await service.close();
  });
});
