// Tests of shared answers: every reader the same bytes under any interleaving, at its own pace, nobody left waiting.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { exchange, failed, type HandSource, handFlow, lineReader, target } from "../../testing/exchange.ts";
import { type Call, COUNT, type Collector, KEY, scene } from "../../testing/join-scene.ts";
import type { Answer } from "../outcome.ts";

describe("one answer for all", () => {
  test("who comes late gets the beginning, then what comes", async () => {
    const { ask, calls } = scene();
    const first = ask();
    await calls[0]?.answer();
    const one = await first.read();
    calls[0]?.source.push("text 1\n");
    const late = ask();
    const two = await late.read();
    expect(two.text).toBe("start\ntext 0\ntext 1\n");
    calls[0]?.source.push("text 2\nstop\n");
    calls[0]?.source.end();
    expect(one.text).toBe("start\ntext 0\ntext 1\ntext 2\nstop\n");
    expect(two.text).toBe(one.text);
    expect([one.ended, two.ended, calls.length]).toEqual([true, true, 1]);
    expect([first.x.tally.reused, late.x.tally.reused]).toEqual([undefined, "joined"]);
    expect(late.x.tally.steps).toMatchObject([{ what: "joined", upstream: "a" }]);
  });

  test("an answer in one piece has ended for each when it is there", async () => {
    const { ask, calls } = scene();
    const look = { ...exchange().look, stream: false };
    const both = [ask({ ...COUNT, look }), ask({ ...COUNT, look })];
    const reader = lineReader(false);
    reader.facts.messageId = "msg_1" as never;
    const { flow, source } = handFlow(reader);
    const held = flow.hold("end", 1e6);
    source.push('{"input_tokens":3}');
    source.end();
    await held;
    await calls[0]?.fail({ ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false } as never);
    for (const one of both) {
      const got = (await one.outcome) as Answer;
      expect(got.flow.ending).toMatchObject({ verdict: "ok", facts: { messageId: "msg_1" } });
      expect((await one.read()).text).toBe('{"input_tokens":3}');
    }
  });

  test("the upstream is called off when the last has left, not before", async () => {
    const { ask, calls, settle } = scene({ linger: 0 });
    const [a, b] = [ask(), ask()];
    a.signal.abort("gone");
    expect(await a.outcome).toMatchObject({ ok: false, verdict: "cancelled" });
    expect(calls[0]?.x.signal.aborted).toBe(false);
    await calls[0]?.answer();
    const c = ask();
    const read = await b.read();
    await c.read();
    b.signal.abort("gone");
    await settle();
    expect(read.fault?.verdict).toBe("cancelled");
    expect(calls[0]?.source.cancelled).toBe(false);
    c.signal.abort("gone");
    expect(calls[0]?.source.cancelled).toBe(true);
    ask();
    expect(calls.length).toBe(2);
  });

  test("who pays is one of those who stay", async () => {
    const { ask, calls } = scene();
    const [a, b, c] = [ask(), ask(), ask()];
    await calls[0]?.answer();
    await Promise.all([a.read(), b.read(), c.read()]);
    const reused = () => [a, b, c].map((one) => one.x.tally.reused);
    expect(reused()).toEqual([undefined, "joined", "joined"]);
    a.signal.abort("gone");
    expect(reused()).toEqual(["joined", undefined, "joined"]);
    c.signal.abort("gone");
    expect(reused()).toEqual(["joined", undefined, "joined"]);
  });

  test("a break is told to all, an error of the upstream's own as it stands", async () => {
    const broken = scene();
    const both = [broken.ask(), broken.ask()];
    await broken.calls[0]?.answer();
    const read = await Promise.all(both.map((one) => one.read()));
    broken.calls[0]?.source.fail("reset");
    for (const one of read) expect([one.ended, one.fault?.verdict, one.fault?.code]).toEqual([false, "cut", "cut"]);

    const told = scene();
    const two = [told.ask(), told.ask()];
    await told.calls[0]?.answer();
    const heard = await Promise.all(two.map((one) => one.read()));
    told.calls[0]?.source.push("error overloaded\n");
    for (const one of heard) {
      expect([one.ended, one.fault]).toEqual([true, undefined]);
      expect(one.text.endsWith("error overloaded\n")).toBe(true);
    }
    for (const one of two) expect(((await one.outcome) as Answer).flow.ending?.verdict).toBe("overloaded");
  });

  test("a break of bytes that nobody judges is told to all, too", async () => {
    const { ask, calls } = scene();
    const both = [ask(), ask()];
    const { flow, source } = handFlow(null);
    await calls[0]?.fail({ ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false } as never);
    const read = await Promise.all(both.map((one) => one.read()));
    source.push("half");
    source.fail("reset");
    for (const one of read) expect([one.text, one.ended, one.fault?.verdict]).toEqual(["half", false, "cut"]);
  });

  test("a slow reader stalls nobody, and is cut off with the reason when it is too far behind", async () => {
    const { ask, calls, joins } = scene({ buffer_bytes: 65_536 });
    const [a, b] = [ask(), ask()];
    await calls[0]?.answer();
    const slow = await a.read();
    slow.full = true;
    const quick = await b.read();
    const line = `text ${"x".repeat(8_000)}\n`;
    for (let i = 0; i < 8; i++) calls[0]?.source.push(line);
    expect([slow.fault, quick.text.length, calls[0]?.source.paused]).toEqual([undefined, 13 + 8 * line.length, false]);
    // Beyond the bound: nobody can join any more, and who lags is cut off.
    for (let i = 0; i < 2; i++) calls[0]?.source.push(line);
    expect([slow.fault?.code, slow.ended]).toEqual(["join_lagged", false]);
    expect(slow.fault?.message).toContain("0.0625 MB");
    expect(joins.figures.entries).toBe(0);
    expect(joins.figures.bytes).toBe(0);
    ask();
    expect(calls.length).toBe(2);
    // The one that is left sets the pace alone.
    quick.full = true;
    calls[0]?.source.push(line);
    expect(calls[0]?.source.paused).toBe(true);
    quick.drain();
    expect(calls[0]?.source.paused).toBe(false);
    calls[0]?.source.push("stop\n");
    calls[0]?.source.end();
    expect([quick.ended, quick.text.length]).toEqual([true, 13 + 11 * line.length + 5]);
  });

  test("beyond the bounds requests go alone", async () => {
    const few = scene({ entries: 1 });
    few.ask({ idempotencyKey: "a" });
    few.ask({ idempotencyKey: "b" });
    few.ask({ idempotencyKey: "b" });
    expect(few.calls.length).toBe(3);
    expect(few.joins.figures).toMatchObject({ led: 1, joined: 0, alone: 2 });

    const full = scene({ total_bytes: 1_048_576 });
    const big = full.ask({ idempotencyKey: "big" });
    await full.calls[0]?.answer();
    await big.read();
    full.calls[0]?.source.push(`text ${"x".repeat(1_048_000)}\n`);
    full.ask({ idempotencyKey: "c" });
    full.ask({ idempotencyKey: "c" });
    expect(full.calls.length).toBe(2);
    full.calls[0]?.source.push(`text ${"x".repeat(1_048)}\n`);
    expect(full.joins.figures.bytes).toBe(0);
  });
});

describe("a repeat of a client that left", () => {
  test("finds its first try still under way, before and after the answer began", async () => {
    const { rt, ask, calls } = scene({ linger: 10_000 });
    const first = ask();
    first.signal.abort("time-out of the client");
    await rt.clock.advance(9_999);
    const second = ask();
    expect(calls.length).toBe(1);
    await rt.clock.advance(20_000);
    await calls[0]?.answer();
    await second.read();
    expect(second.x.tally.reused).toBeUndefined();
    second.signal.abort("again");
    calls[0]?.source.push("text 1\n");
    await rt.clock.advance(9_999);
    const third = await ask().read();
    // Somebody reads again: the time of grace is over.
    await rt.clock.advance(20_000);
    calls[0]?.source.push("stop\n");
    calls[0]?.source.end();
    expect([third.text, third.ended, calls.length]).toEqual(["start\ntext 0\ntext 1\nstop\n", true, 1]);
  });

  test("finds the whole answer for a while after its end", async () => {
    const { rt, ask, calls, joins } = scene({ linger: 10_000 });
    const first = ask();
    await calls[0]?.answer();
    await first.read();
    calls[0]?.source.push("stop\n");
    calls[0]?.source.end();
    await rt.clock.advance(9_999);
    expect((await ask().read()).text).toBe("start\ntext 0\nstop\n");
    expect(calls.length).toBe(1);
    await rt.clock.advance(1);
    expect(joins.figures).toMatchObject({ entries: 0, bytes: 0 });
    ask();
    expect(calls.length).toBe(2);
  });

  test("what is kept for a repeat gives way, needs no timer, and is not kept when it broke or is too long", async () => {
    const { rt, ask, calls, joins } = scene({ linger: 10_000, entries: 1, buffer_bytes: 65_536 });
    const run = async (key: string, end: (source: HandSource) => void) => {
      const one = ask({ idempotencyKey: key });
      const call = calls[calls.length - 1] as Call;
      await call.answer();
      await one.read();
      end(call.source);
      return calls.length;
    };
    const whole = (source: HandSource) => {
      source.push("stop\n");
      source.end();
    };
    await run("a", whole);
    expect([joins.figures.entries, rt.clock.next()]).toEqual([1, undefined]);
    await run("b", whole);
    expect(joins.figures.entries).toBe(1);
    ask({ idempotencyKey: "b" });
    expect(calls.length).toBe(2);
    await run("c", (source) => source.fail());
    expect(joins.figures).toMatchObject({ entries: 0, bytes: 0 });
    await run("d", (source) => {
      source.push(`text ${"x".repeat(66_000)}\n`);
      whole(source);
    });
    expect(joins.figures).toMatchObject({ entries: 0, bytes: 0 });
  });

  test("a body too large to hash goes alone", () => {
    const { ask, calls } = scene();
    const body = Buffer.alloc(33_554_433);
    for (let i = 0; i < 2; i++) ask({ ...KEY, body });
    expect(calls.length).toBe(2);
  });

  test("finds nothing when it comes too late: the attempt was called off", async () => {
    for (const answered of [false, true]) {
      const { rt, ask, calls, joins } = scene({ linger: 10_000 });
      const first = ask();
      if (answered) {
        await calls[0]?.answer();
        await first.read();
      }
      first.signal.abort("gone");
      expect(calls[0]?.x.signal.aborted || calls[0]?.source.cancelled).toBe(false);
      await rt.clock.advance(10_000);
      expect(calls[0]?.x.signal.aborted || calls[0]?.source.cancelled).toBe(true);
      expect(joins.figures).toMatchObject({ entries: 0, bytes: 0 });
      ask();
      expect(calls.length).toBe(2);
    }
  });
});

test("every reader sees exactly the producer's bytes, whatever comes when, and nobody waits for ever", async () => {
  const who = fc.nat(9);
  const size = fc.integer({ min: 1, max: 40_000 });
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("ask" as const) }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constant("bytes" as const), size }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("stop reading" as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("read on" as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), who }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 12_000 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
  );
  const ending = fc.constantFrom("end", "break", "fail" as const);
  const seen = { readers: 0, lagged: 0, joined: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 3, maxLength: 60, size: "max" }), ending, async (actions, last) => {
      const { rt, ask, calls, settle, joins } = scene({ buffer_bytes: 65_536, linger: 5_000 });
      const people: { one: ReturnType<typeof ask>; reader: Collector | undefined; left: boolean; call: number }[] = [];
      const produced: string[] = [];
      let answered = 0;
      let n = 0;
      const readAll = async () => {
        await settle();
        for (const person of people) {
          if (person.reader !== undefined || person.left || person.one.settled?.ok !== true) continue;
          person.reader = await person.one.read();
          person.call = calls.length - 1;
        }
      };
      const bytes = async (size: number) => {
        if (calls.length === 0) return;
        const call = calls[calls.length - 1] as Call;
        if (answered < calls.length) {
          produced[calls.length - 1] = "start\ntext 0\n";
          answered = calls.length;
          await call.answer();
          await readAll();
        }
        if (call.source.paused || call.source.cancelled) return;
        const line = `text ${n++} ${"x".repeat(size)}\n`;
        produced[calls.length - 1] += line;
        call.source.push(line);
      };
      for (const act of actions) {
        const person = "who" in act ? people[act.who] : undefined;
        if (act.do === "ask" && people.length < 10)
          people.push({ one: ask(), reader: undefined, left: false, call: -1 });
        else if (act.do === "leave" && person !== undefined) {
          person.left = true;
          person.one.signal.abort("gone");
        } else if (act.do === "stop reading" && person?.reader !== undefined) person.reader.full = true;
        else if (act.do === "read on") person?.reader?.drain();
        else if (act.do === "bytes") await bytes(act.size);
        else if (act.do === "wait") await rt.clock.advance(act.ms);
        else if (act.do === "fail" && answered < calls.length) {
          answered = calls.length;
          await calls[answered - 1]?.fail(failed("overloaded"));
        }
        await readAll();
      }
      for (const person of people) person.reader?.drain();
      for (let i = 0; i < calls.length; i++) {
        const call = calls[i] as Call;
        if (i < calls.length - 1) {
          call.source.push("stop\n");
          if (!call.source.cancelled && produced[i] !== undefined) produced[i] += "stop\n";
          call.source.end();
        }
      }
      await bytes(1);
      const call = calls[calls.length - 1];
      if (last === "end") {
        if (call?.source.cancelled === false) produced[calls.length - 1] += "stop\n";
        call?.source.push("stop\n");
        call?.source.end();
      } else call?.source.fail("reset");
      await rt.clock.advance(60_000);
      await readAll();
      await rt.clock.advance(60_000);
      for (const { one, reader, left, call: at } of people) {
        expect(one.settled, "nobody waits for ever").toBeDefined();
        if (reader === undefined) continue;
        const truth = produced[at] ?? "";
        expect(truth.startsWith(reader.text), "a prefix of what was produced").toBe(true);
        const whole = reader.ended && reader.fault === undefined;
        if (whole) expect(reader.text).toBe(truth);
        if (left) continue;
        expect(reader.ended || reader.fault !== undefined, "everybody hears the end").toBe(true);
        expect(["join_lagged", "cut", undefined], "nobody is called off who stays").toContain(reader.fault?.code);
        seen.readers += 1;
        if (reader.fault?.code === "join_lagged") seen.lagged += 1;
        if (one.x.tally.reused === "joined" && whole) seen.joined += 1;
      }
      expect(joins.figures).toMatchObject({ entries: 0, bytes: 0 });
    }),
    { numRuns: 300 },
  );
  // The law was tried where it matters.
  expect(Math.min(seen.readers / 100, seen.lagged / 10, seen.joined / 50)).toBeGreaterThan(1);
});
