// Tests of the cache: which requests it is for, how long an answer is fresh, and what makes room.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test, vi } from "vitest";
import { ASKED, COUNT, PacedCollector, reads, scene, ZERO } from "../../testing/cache-scene.ts";
import { exchange, handFlow, target } from "../../testing/exchange.ts";
import { type Exchange, newTally } from "../exchange.ts";
import { AnswerStore } from "../mechanics/answer-store.ts";
import { readOptions } from "../options.ts";
import { pipeline } from "../pipeline.ts";
import { CACHE_OPTIONS, Cache, cache } from "./cache.ts";
import { JOIN_OPTIONS, Joins, join } from "./join.ts";

describe("what is kept by default", () => {
  test.each([
    ["count_tokens", COUNT, true],
    ["models", { method: "GET", path: "/v1/models", body: null }, true],
    ["models, but only their head", { method: "HEAD", path: "/v1/models", body: null }, false],
    ["messages", { body: ASKED.body }, false],
    ["messages at temperature 0", ZERO, false],
    ["messages, asked for", ASKED, true],
    ["count_tokens, not wanted", { ...COUNT, cache: "off" }, false],
    ["files", { method: "GET", path: "/v1/files", body: null, cache: "use" }, false],
    ["batches", { path: "/v1/messages/batches", cache: "use" }, false],
  ] as const)("%s", async (_, more, kept) => {
    const { ask, script } = scene();
    script.says("{1}", { stopReason: "end_turn" });
    const first = await ask(more);
    script.says("{2}", { stopReason: "end_turn" });
    const second = await ask(more);
    expect([first.text, second.text]).toEqual(kept ? ["{1}", "{1}"] : ["{1}", "{2}"]);
    expect([first.state, second.state]).toEqual(kept ? ["miss", "hit"] : [undefined, undefined]);
    expect([first.x.tally.reused, second.x.tally.reused]).toEqual([undefined, kept ? "cache" : undefined]);
    if (kept) expect(second.x.tally.steps).toMatchObject([{ what: "cached", upstream: "a" }]);
  });

  test("by option those at temperature 0, and no sampled ones; off means off", async () => {
    const zero = scene({ messages: "temperature-0" });
    zero.script.says("{1}", { stopReason: "end_turn" });
    for (const [more, upstream] of [
      [ZERO, true],
      [ZERO, false],
      [{ body: ASKED.body }, true],
      [{ body: ASKED.body }, true],
      [{ body: Buffer.from('{"temperature":0.1}') }, true],
    ] as const) {
      expect((await zero.ask(more)).upstream).toBe(upstream);
    }
    const off = scene({ messages: "off" });
    off.script.says("{1}", { stopReason: "end_turn" });
    for (let i = 0; i < 2; i++) expect((await off.ask(ASKED)).upstream).toBe(true);
  });

  test("refresh renews what is kept", async () => {
    const { ask, script } = scene();
    script.says("{1}");
    await ask();
    script.says("{2}");
    expect((await ask({ ...COUNT, cache: "refresh" })).text).toBe("{2}");
    expect((await ask()).text).toBe("{2}");
  });

  test("no other tenant, version or body has it; other white space has", async () => {
    const { ask, script } = scene();
    const body = (text: string) => ({ ...COUNT, body: Buffer.from(text) });
    script.says("{1}");
    await ask(body('{"a": [1, "b c"]}'));
    expect((await ask(body('{"a":[1,"b c"]}\n'))).upstream).toBe(false);
    expect((await ask(body('{"a":[1,"bc"]}'))).upstream).toBe(true);
    const same = body('{"a": [1, "b c"]}');
    expect((await ask({ ...same, principal: { project: "p", keyId: "k" } })).upstream).toBe(true);
    expect((await ask({ ...same, headers: ["anthropic-version", "x"] })).upstream).toBe(true);
  });

  test("no other pipeline has it", async () => {
    const { rt, answers } = scene();
    const values = readOptions("cache", CACHE_OPTIONS, {});
    let calls = 0;
    for (const scope of ["one", "two", "one"]) {
      const got = await cache(
        values,
        answers,
        scope,
      )(rt).handle(exchange({ ...COUNT, tally: newTally() }), async () => {
        calls += 1;
        const { flow, source } = handFlow(reads(false, undefined));
        const held = flow.hold("end", 1e6);
        source.push("{}");
        source.end();
        await held;
        return { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      });
      if (got.ok) got.flow.pipe(new PacedCollector());
    }
    expect(calls).toBe(2);
  });

  test("a layer that can keep nothing says so", () => {
    const { rt } = scene();
    const active = (options: object) => new Cache(rt, readOptions("cache", CACHE_OPTIONS, options)).active;
    expect(active({})).toBe(true);
    expect(active({ total_bytes: 0 })).toBe(false);
    expect(active({ messages: "off", count_tokens_ttl: 0 })).toBe(true);
    expect(active({ messages: "off", count_tokens_ttl: 0, models_ttl: 0 })).toBe(false);
  });
});

test("what is not there is fetched once for all who ask, and what is renewed early keeps nobody waiting", async () => {
  const rt = virtualRuntime("both");
  const values = readOptions("cache", CACHE_OPTIONS, { messages_ttl: 2_000, early: 10 });
  const answers = new Cache(rt, values);
  const joining = readOptions("join", JOIN_OPTIONS, {});
  let calls = 0;
  const { run } = pipeline(
    rt,
    [
      { layer: cache(values, answers), why: "" },
      { layer: join(joining, new Joins(rt, joining)), why: "" },
    ],
    async () => {
      calls += 1;
      const { flow, source } = handFlow(reads(false, "end_turn"));
      await new Promise<void>((done) => rt.clock.timer(1_900, done));
      const held = flow.hold("end", 1e6);
      source.push(`{"n":${calls}}`);
      source.end();
      await held;
      return { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
    },
  );
  const ask = async () => {
    const tally: Exchange["tally"] = newTally();
    const look = { ...exchange().look, stream: false };
    const got = await run(exchange({ ...ASKED, look, signal: new Signal(), tally }));
    const reader = new PacedCollector();
    if (got.ok) got.flow.pipe(reader);
    return { text: reader.text, tally };
  };
  const puts = vi.spyOn(AnswerStore.prototype, "put");
  const all = await rt.clock.runUntil(Promise.all([ask(), ask(), ask()]));
  expect(puts.mock.calls.length, "kept once, not by each").toBe(1);
  puts.mockRestore();
  expect(all.map((one) => one.text)).toEqual(['{"n":1}', '{"n":1}', '{"n":1}']);
  expect(all.map((one) => one.tally.reused)).toEqual([undefined, "joined", "joined"]);
  expect([calls, answers.figures.entries]).toEqual([1, 1]);
  // Renewed by one, while the others have what is there.
  const renewing = ask();
  const others = await Promise.all([ask(), ask()]);
  expect(others.map((one) => [one.text, one.tally.cache])).toEqual([
    ['{"n":1}', "hit"],
    ['{"n":1}', "hit"],
  ]);
  expect((await rt.clock.runUntil(renewing)).text).toBe('{"n":2}');
  expect(calls).toBe(2);
  expect(answers.figures).toMatchObject({ hits: 2, misses: 4, renewals: 1, fallbacks: 0, displaced: 0 });
});

describe("freshness", () => {
  test("an answer lapses after its time, and tells its age before", async () => {
    const { rt, ask, script } = scene({ count_tokens_ttl: 60_000 });
    script.says("{1}");
    await ask();
    await rt.clock.advance(59_999);
    const old = await ask();
    expect([old.state, old.x.tally.cacheAgeMs]).toEqual(["hit", 59_999]);
    await rt.clock.advance(1);
    expect((await ask()).state).toBe("miss");
  });

  test("about one of many renews before the time is over, the others go on with what is there", async () => {
    let renewals = 0;
    for (let seed = 0; seed < 100; seed++) {
      const { rt, ask, script } = scene({ early: 1, count_tokens_ttl: 60_000 });
      for (let i = 0; i < seed; i++) rt.random.next();
      script.says("{1}", { tookMs: 1_000 });
      await ask();
      const from = rt.clock.now();
      while (rt.clock.now() < from + 59_900) {
        const { upstream } = await ask();
        if (upstream) {
          renewals += 1;
          break;
        }
        await rt.clock.advance(100);
      }
    }
    // Asked ten times for each second that making it takes: nearly always renewed, and by then not twice.
    expect(renewals).toBeGreaterThan(90);
  });

  test("while one renews the others have the old answer, and when it fails so has that one", async () => {
    const { rt, ask, script } = scene({ early: 10, count_tokens_ttl: 2_000 });
    script.says("{1}", { tookMs: 1_900 });
    await ask();
    script.says("{2}", { tookMs: 500 });
    const renewing = ask();
    await rt.clock.advance(100);
    const other = await ask();
    expect([other.text, other.upstream]).toEqual(["{1}", false]);
    expect((await renewing).text).toBe("{2}");

    const failing = scene({ early: 10, count_tokens_ttl: 2_000 });
    failing.script.says("{1}", { tookMs: 1_900 });
    await failing.ask();
    failing.script.fails();
    // Each tries anew until it can be had again.
    for (let i = 0; i < 2; i++) {
      const kept = await failing.ask();
      expect([kept.text, kept.upstream, kept.state]).toEqual(["{1}", true, "hit"]);
    }
    expect(failing.answers.figures).toMatchObject({ hits: 2, misses: 1, renewals: 2, fallbacks: 2 });
    await failing.rt.clock.advance(2_000);
    expect((await failing.ask()).got.ok).toBe(false);
  });

  test("the answers used longest ago make room, by their bytes", async () => {
    const { ask, script, answers } = scene({ total_bytes: 10_000 });
    const of = (n: number) => ({ ...COUNT, path: `/v1/messages/count_tokens?n=${n}` });
    script.says(`"${"x".repeat(1_000)}"}`);
    for (let n = 0; n < 4; n++) await ask(of(n));
    expect(answers.figures.entries).toBe(4);
    await ask(of(0));
    await ask(of(4));
    expect(answers.figures.bytes).toBeLessThanOrEqual(10_000);
    expect(answers.figures.displaced).toBe(1);
    expect((await ask(of(0))).state).toBe("hit");
    expect((await ask(of(1))).state).toBe("miss");
    script.says(`"${"x".repeat(9_900)}"}`);
    await ask(of(9));
    expect((await ask(of(9))).state).toBe("miss");
    expect(answers.figures.entries).toBe(4);
  });
});
