// Tests of kept answers: what is never kept, and how a stream comes again, byte for byte, at its reader's pace.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ASKED, COUNT, PacedCollector, reads, scene } from "../../testing/cache-scene.ts";
import { exchange, failed, handFlow, lineReader, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { Flow } from "../flow.ts";
import { readOptions } from "../options.ts";
import type { Answer } from "../outcome.ts";
import { CACHE_OPTIONS, Cache, cache } from "./cache.ts";

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
      const reader = new PacedCollector();
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
      second.flow.pipe(new PacedCollector());
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
      const reader = new PacedCollector();
      got.flow.pipe(reader);
      source.push("text 1\n");
      source.end();
      expect([reader.ended, reader.fault, own.figures.entries]).toEqual([true, undefined, complete ? 1 : 0]);
    }
  });

  test("half an answer in one piece, whether its reader left or it broke", async () => {
    for (const how of ["leave", "break"] as const) {
      const { rt } = scene();
      const values = readOptions("cache", CACHE_OPTIONS, {});
      const own = new Cache(rt, values);
      const { flow, source } = handFlow(null);
      const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
      const got = (await cache(values, own)(rt).handle(exchange(COUNT), async () => answer)) as Answer;
      got.flow.pipe(new PacedCollector());
      source.push('{"input_');
      if (how === "break") source.fail();
      else got.flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: "" });
      expect([how, own.figures.entries]).toEqual([how, 0]);
    }
  });

  test("more than there is room for, headers counted", async () => {
    const { ask, script, answers } = scene({ total_bytes: 10_000 });
    script.says("{}", { headers: ["x-long", "y".repeat(10_000)] });
    await ask();
    expect(answers.figures).toMatchObject({ entries: 0, bytes: 0 });
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
          const one = new PacedCollector();
          got.flow.pipe(one);
          for (const piece of pieces) source.push(piece);
          source.end();
          const again = (await policy.handle(exchange(asked), async () => failed("overloaded"))) as Answer;
          expect(again.ok).toBe(true);
          const two = new PacedCollector();
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
