// Tests of the cache: what is kept and what never, byte for byte, fresh, renewed early, at the reader's pace.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exchange, failed, type HandSource, handFlow, lineReader, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { type Fault, Flow, type Reader, type Sink } from "../flow.ts";
import { readOptions } from "../options.ts";
import type { Answer, Outcome } from "../outcome.ts";
import { pipeline } from "../pipeline.ts";
import { CACHE_OPTIONS, Cache, cache } from "./cache.ts";
import { JOIN_OPTIONS, Joins, join } from "./join.ts";

const COUNT = { path: "/v1/messages/count_tokens" };
const ZERO = { body: Buffer.from('{"model":"m","temperature":0,"messages":[]}') };
const ASKED = { cache: "use" as const, body: Buffer.from('{"model":"m","messages":[]}') };

class Collector implements Sink {
  readonly chunks: string[] = [];
  ended = false;
  fault: Fault | undefined;
  /** Takes so many chunks and then no more. */
  room = Number.POSITIVE_INFINITY;

  get text(): string {
    return this.chunks.join("");
  }
  write(chunk: Buffer): boolean {
    this.chunks.push(chunk.toString("latin1"));
    return this.chunks.length < this.room;
  }
  end(): void {
    this.ended = true;
  }
  fail(fault: Fault): void {
    this.fault = fault;
  }
}

function scene(options: object = {}) {
  const rt = virtualRuntime("cache");
  const values = readOptions("cache", CACHE_OPTIONS, { early: 0, ...options });
  const answers = new Cache(rt, values);
  const policy = cache(values, answers)(rt);
  const sources: HandSource[] = [];
  let outcome: (x: Exchange) => Promise<Outcome> = async () => failed("overloaded");
  const script = {
    /** What the upstream answers from now on: the text, whole, in one write. */
    says(text: string, more: { stopReason?: string; status?: number; headers?: string[]; tookMs?: number } = {}) {
      outcome = async (x) => {
        if (more.tookMs !== undefined) await new Promise<void>((done) => rt.clock.timer(more.tookMs ?? 0, done));
        const reader = reads(x.look.stream, more.stopReason);
        const { flow, source } = handFlow(reader);
        sources.push(source);
        const held = flow.hold(x.look.stream ? "content" : "end", 1e9);
        source.push(text);
        if (!x.look.stream) source.end();
        await held;
        const { status = 200, headers = [] } = more;
        return { ok: true, status, headers, flow, target: target("a"), rewritten: false };
      };
    },
    fails(verdict: "overloaded" | "cut-early" = "overloaded") {
      outcome = async () => failed(verdict);
    },
  };
  let calls = 0;
  const ask = async (more: Partial<Exchange> = COUNT, stream = false, room = Number.POSITIVE_INFINITY) => {
    const look = { ...exchange().look, stream };
    const x = exchange({
      signal: new Signal(),
      look,
      tally: { attempts: 0, wireMs: 0, waitMs: 0, queuedMs: 0, steps: [] },
      ...more,
    });
    const before = calls;
    const got = await rt.clock.runUntil(
      policy.handle(x, (out) => {
        calls += 1;
        return outcome(out);
      }),
    );
    const reader = new Collector();
    reader.room = room;
    if (got.ok) got.flow.pipe(reader);
    if (got.ok && stream && calls > before) {
      sources[sources.length - 1]?.push("stop\n");
      sources[sources.length - 1]?.end();
    }
    return { x, got, reader, text: reader.text, upstream: calls > before, state: x.tally.cache };
  };
  return { rt, answers, script, ask };
}

/** Reads lines, and knows a stop reason when there is one. */
function reads(streamed: boolean, stopReason: string | undefined): Reader {
  const reader = lineReader(streamed);
  reader.facts.stopReason = stopReason;
  return reader;
}

describe("what is kept by default", () => {
  test.each([
    ["count_tokens", COUNT, true],
    ["models", { method: "GET", path: "/v1/models", body: null }, true],
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

  test("a layer that can keep nothing says so", () => {
    const { rt } = scene();
    const active = (options: object) => new Cache(rt, readOptions("cache", CACHE_OPTIONS, options)).active;
    expect(active({})).toBe(true);
    expect(active({ total_bytes: 0 })).toBe(false);
    expect(active({ messages: "off", count_tokens_ttl: 0 })).toBe(true);
    expect(active({ messages: "off", count_tokens_ttl: 0, models_ttl: 0 })).toBe(false);
  });
});

describe("what is never kept", () => {
  const kept = async (text: string, more: object, asked: Partial<Exchange> = ASKED, stream = false) => {
    const { ask, script } = scene();
    script.says(text, { stopReason: "end_turn", ...more });
    await ask(asked, stream);
    return (await ask(asked, stream)).state === "hit";
  };

  test.each([
    ["a plain answer is", "{}", {}, true],
    ["its text may look like anything", '{"text":"\\"type\\":\\"thinking\\""}', {}, true],
    ["the caller's tools are", '{"type":"tool_use"}', {}, true],
    ["max_tokens is a whole answer", "{}", { stopReason: "max_tokens" }, true],
    ["a refusal", "{}", { stopReason: "refusal" }, false],
    ["a pause", "{}", { stopReason: "pause_turn" }, false],
    ["no reason to stop", "{}", { stopReason: undefined }, false],
    ["another status", "{}", { status: 203 }, false],
    ["signed thinking", '{"type": "thinking"}', {}, false],
    ["hidden thinking", '{"type":"redacted_thinking"}', {}, false],
    ["tools of the server", '{"type":"server_tool_use"}', {}, false],
    ["their results", '{"type":"web_search_tool_result"}', {}, false],
    ["tools by MCP", '{"type":"mcp_tool_use"}', {}, false],
    ["what is too long", `"${"x".repeat(4_194_304)}"}`, {}, false],
  ] as const)("%s", async (_, text, more, expected) => {
    expect(await kept(text, more)).toBe(expected);
  });

  test.each([
    ["plain", '{"model":"m","messages":[]}', true],
    ["tools of the server", '{"model":"m","tools":[{"type":"web_search_20250305"}]}', false],
    [
      "a history with signed thinking",
      '{"model":"m","messages":[{"role":"assistant","content":[{"type":"thinking","signature":"s"}]}]}',
      false,
    ],
    ["a thread", '{"model":"m","thread":{"type":"continue"}}', false],
  ] as const)("asked for with %s", async (_, body, expected) => {
    expect(await kept("{}", {}, { ...ASKED, body: Buffer.from(body) })).toBe(expected);
  });

  test("failures, streams that broke, streams without their last event, streams whose reader left", async () => {
    const { ask, script, answers } = scene();
    script.fails();
    await ask();
    expect(answers.figures.entries).toBe(0);
    for (const end of ["break", "no stop", "leave"] as const) {
      const { rt } = scene();
      const values = readOptions("cache", CACHE_OPTIONS, {});
      const own = new Cache(rt, values);
      const { flow, source } = handFlow(reads(true, "end_turn"));
      const held = flow.hold("content", 1e6);
      source.push("start\ntext 1\n");
      await held;
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      const got = (await cache(values, own)(rt).handle(exchange(ASKED), async () => answer)) as Answer;
      const reader = new Collector();
      got.flow.pipe(reader);
      if (end === "break") source.fail();
      else if (end === "no stop") source.end();
      else got.flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "" });
      expect(own.figures.entries).toBe(0);
      expect([end, reader.text, reader.fault?.verdict]).toEqual([
        end,
        "start\ntext 1\n",
        end === "leave" ? "cancelled" : "cut",
      ]);
      if (end === "leave") expect(source.cancelled).toBe(true);
      // The next one is kept: nothing is left behind of the one that was not.
      const whole = handFlow(reads(true, "end_turn"));
      const again = whole.flow.hold("content", 1e6);
      whole.source.push("start\ntext 1\nstop\n");
      await again;
      const second = (await cache(
        values,
        own,
      )(rt).handle(exchange(ASKED), async () => ({
        ...answer,
        flow: whole.flow,
      }))) as Answer;
      second.flow.pipe(new Collector());
      whole.source.end();
      expect(own.figures.entries).toBe(1);
    }
  });

  test("a stream that lacks its last event, though nothing of its content is missing", async () => {
    for (const complete of [false, true]) {
      const { rt } = scene();
      const values = readOptions("cache", CACHE_OPTIONS, {});
      const own = new Cache(rt, values);
      const { source } = handFlow();
      const finish = () => ({ rest: undefined, fault: undefined });
      const flow = new Flow(source, { ...reads(true, "end_turn"), complete, finish });
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      const got = (await cache(values, own)(rt).handle(exchange(ASKED), async () => answer)) as Answer;
      const reader = new Collector();
      got.flow.pipe(reader);
      source.push("text 1\n");
      source.end();
      expect([reader.ended, reader.fault, own.figures.entries]).toEqual([true, undefined, complete ? 1 : 0]);
    }
  });

  test("an answer that breaks before anybody reads it is told, and leaves nothing behind", async () => {
    const { rt } = scene();
    const values = readOptions("cache", CACHE_OPTIONS, {});
    const own = new Cache(rt, values);
    for (let i = 0; i < 2; i++) {
      const { flow, source } = handFlow();
      const held = flow.hold("content", 1e6);
      source.push("start\ntext 1\n");
      await held;
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      const got = (await cache(values, own)(rt).handle(exchange(ASKED), async () => answer)) as Answer;
      // A recording of its own each time: the key is free again.
      expect(got.flow).not.toBe(flow);
      source.fail("reset");
      expect(got.flow.ending?.verdict).toBe("cut");
    }
  });
});

describe("a stream again", () => {
  test("event by event, byte for byte, at the pace of its reader", async () => {
    const { ask, script } = scene();
    script.says("event: a\ndata: start\n\nevent: b\ndata: text\n\nstart\ntext 1\n\n", { stopReason: "end_turn" });
    const first = await ask(ASKED, true);
    const again = await ask(ASKED, true, 2);
    expect(again.state).toBe("hit");
    expect(again.reader.chunks).toEqual(["event: a\ndata: start\n\n", "event: b\ndata: text\n\n"]);
    expect(again.reader.ended).toBe(false);
    again.reader.room = Number.POSITIVE_INFINITY;
    if (again.got.ok) again.got.flow.resume();
    expect(again.reader.ended).toBe(true);
    expect(again.reader.text).toBe(first.reader.text);
    if (again.got.ok) {
      expect(again.got.flow.ending).toMatchObject({ verdict: "ok", facts: { stopReason: "end_turn" } });
      expect(again.got.flow.reader?.streamed).toBe(true);
    }
  });

  test("whatever the bytes and however they came in pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.stringMatching(/^[ab\n\r:]{1,12}$/), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        async (pieces, room) => {
          const { rt } = scene();
          const values = readOptions("cache", CACHE_OPTIONS, {});
          const policy = cache(values, new Cache(rt, values))(rt);
          const { source } = handFlow();
          const finish = () => ({ rest: undefined, fault: undefined });
          const reader = { ...lineReader(), push: (chunk: Buffer) => chunk, complete: true, finish };
          const flow = new Flow(source, reader);
          const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
          const asked = { ...COUNT };
          const got = (await policy.handle(exchange(asked), async () => answer)) as Answer;
          const one = new Collector();
          got.flow.pipe(one);
          for (const piece of pieces) source.push(piece);
          source.end();
          const again = (await policy.handle(exchange(asked), async () => failed("overloaded"))) as Answer;
          expect(again.ok).toBe(true);
          const two = new Collector();
          two.room = 0;
          again.flow.pipe(two);
          for (let i = 0; i < 1_000 && !two.ended; i++) {
            two.room = two.chunks.length + room;
            again.flow.resume();
          }
          expect([two.text, two.ended]).toEqual([pieces.join(""), true]);
          expect(one.text).toBe(two.text);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("ends when its reader leaves", async () => {
    const { ask, script } = scene();
    script.says("start\n\ntext a\n\ntext bc\n\n", { stopReason: "end_turn" });
    await ask(ASKED, true);
    const again = await ask(ASKED, true, 1);
    again.x.signal.abort("gone");
    expect(again.reader.fault?.verdict).toBe("cancelled");
  });

  test("headers of the moment do not come back, all others do", async () => {
    const { ask, script } = scene();
    const headers = ["Request-Id", "r1", "anthropic-ratelimit-requests-remaining", "5", "Set-Cookie", "c", "x", "y"];
    script.says("{}", { headers: [...headers, "Date", "now", "retry-after", "1"] });
    await ask();
    const again = await ask();
    expect(again.got.ok && again.got.headers).toEqual(["Request-Id", "r1", "x", "y"]);
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
    const tally: Exchange["tally"] = { attempts: 0, wireMs: 0, waitMs: 0, queuedMs: 0, steps: [] };
    const look = { ...exchange().look, stream: false };
    const got = await run(exchange({ ...ASKED, look, signal: new Signal(), tally }));
    const reader = new Collector();
    if (got.ok) got.flow.pipe(reader);
    return { text: reader.text, tally };
  };
  const all = await rt.clock.runUntil(Promise.all([ask(), ask(), ask()]));
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
    const kept = await failing.ask();
    expect([kept.text, kept.upstream, kept.state]).toEqual(["{1}", true, "hit"]);
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
    expect((await ask(of(0))).state).toBe("hit");
    expect((await ask(of(1))).state).toBe("miss");
    script.says(`"${"x".repeat(9_900)}"}`);
    await ask(of(9));
    expect((await ask(of(9))).state).toBe("miss");
    expect(answers.figures.entries).toBe(4);
  });
});
