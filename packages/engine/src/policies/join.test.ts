// Tests of joining: which requests are one, and who is sent when the one that was sent fails.

import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, handFlow, response, target } from "../../testing/exchange.ts";
import { COUNT, Collector, KEY, scene } from "../../testing/join-scene.ts";
import { readOptions } from "../options.ts";
import type { Answer, Failure, Outcome } from "../outcome.ts";
import { JOIN_OPTIONS, Joins, join } from "./join.ts";

describe("which requests are joined", () => {
  test.each([
    ["a key", KEY, {}, 1],
    ["no key", {}, {}, 2],
    ["count_tokens", COUNT, {}, 1],
    ["count_tokens, off", COUNT, { count_tokens: false }, 2],
    ["models", { method: "GET", path: "/v1/models?limit=5", body: null }, {}, 1],
    ["one model", { method: "GET", path: "/v1/models/claude-x", body: null }, {}, 1],
    ["models, off", { method: "GET", path: "/v1/models", body: null }, { models: false }, 2],
    ["a file", { method: "GET", path: "/v1/files/x", body: null }, {}, 2],
    ["keys off", KEY, { messages: "off" }, 2],
    ["sampled, all", {}, { messages: "all" }, 1],
    ["temperature 0", { body: Buffer.from('{"temperature":0}') }, { messages: "temperature-0" }, 1],
    ["temperature 1", { body: Buffer.from('{"temperature":1}') }, { messages: "temperature-0" }, 2],
    ["no temperature", {}, { messages: "temperature-0" }, 2],
  ] as const)("%s", async (_, more, options, upstream) => {
    const { ask, calls } = scene(options);
    const both = [ask(more), ask(more)];
    expect(calls.length).toBe(upstream);
    for (const call of calls) await call.answer();
    for (const call of calls) call.source.push("stop\n");
    for (const call of calls) call.source.end();
    for (const one of both) expect((await one.read()).text).toContain("text 0");
  });

  test.each([
    ["another tenant", { principal: { project: "other", keyId: "x" } }],
    ["another path", { path: "/v1/messages/count_tokens?beta=false" }],
    ["another version", { headers: ["anthropic-version", "2026-10-21"] }],
    ["another beta", { headers: ["Anthropic-Beta", "a, b,c"] }],
    ["another workspace", { headers: ["anthropic-workspace-id", "w2"] }],
    ["another byte", { body: Buffer.from("{ }") }],
    ["no body", { body: null }],
  ])("%s is another request", async (_, more) => {
    const { ask, calls } = scene();
    ask(COUNT);
    ask({ ...COUNT, ...more });
    expect(calls.length).toBe(2);
  });

  test("the order of betas, and headers that mean nothing to the answer, make no difference", () => {
    const { ask, calls } = scene();
    ask({ ...COUNT, headers: ["anthropic-beta", "b, a", "user-agent", "one"] });
    ask({ ...COUNT, headers: ["Anthropic-Beta", "a", "x-request", "2", "anthropic-beta", "b"] });
    expect(calls.length).toBe(1);
  });

  test("a scope of its own shares nothing, and a layer that never joins says so", async () => {
    const { rt, joins } = scene();
    const values = readOptions("join", JOIN_OPTIONS, {});
    const sent: string[] = [];
    const next = (name: string) => () => {
      sent.push(name);
      return new Promise<Outcome>(() => {});
    };
    for (const scope of ["one", "two"]) void join(values, joins, scope)(rt).handle(exchange(COUNT), next(scope));
    expect(sent).toEqual(["one", "two"]);
    const off = readOptions("join", JOIN_OPTIONS, { messages: "off", count_tokens: false, models: false });
    expect([joins.active, new Joins(rt, off).active]).toEqual([true, false]);
  });

  test("the same key with another body, or of another tenant, goes on its own", () => {
    const { ask, calls } = scene();
    ask(KEY);
    ask({ ...KEY, body: Buffer.from('{"a":1}') });
    ask({ ...KEY, principal: { project: "other", keyId: "y" } });
    expect(calls.length).toBe(3);
    ask(KEY);
    expect(calls.length).toBe(3);
  });

  test("nobody joins after the window", async () => {
    const { rt, ask, calls, joins } = scene({ window: 5_000 });
    ask();
    await rt.clock.advance(5_000);
    ask();
    await rt.clock.advance(1);
    ask();
    expect(calls.length).toBe(2);
    expect(joins.figures).toMatchObject({ led: 1, alone: 1 });
  });
});

describe("a leader that fails", () => {
  test("is followed by one of those who wait; when that fails too, all are told", async () => {
    const { ask, calls } = scene();
    const all = [ask(), ask(), ask()];
    await calls[0]?.fail(failed("overloaded", { message: "first" }));
    expect(all.map((one) => one.settled?.ok)).toEqual([false, undefined, undefined]);
    expect(calls.length).toBe(2);
    expect(calls[1]?.x.tally).toBe(all[1]?.x.tally);
    await calls[1]?.fail(failed("overloaded", { message: "second" }));
    expect(all.map((one) => one.settled)).toMatchObject([
      { message: "first" },
      { message: "second" },
      { message: "second" },
    ]);
    expect(calls.length).toBe(2);
    ask();
    expect(calls.length).toBe(3);
  });

  test("when the next one succeeds, the others have its answer", async () => {
    const { ask, calls, joins } = scene();
    const all = [ask(), ask(), ask()];
    await calls[0]?.fail(failed("upstream-fault"));
    await calls[1]?.answer();
    expect(joins.figures).toMatchObject({ led: 1, joined: 1, alone: 0, entries: 1 });
    for (const one of all.slice(1)) expect((await one.read()).text).toBe("start\ntext 0\n");
    expect(all.map((one) => one.x.tally.reused)).toEqual([undefined, undefined, "joined"]);
    expect(calls.length).toBe(2);
  });

  test("what is wrong with the request is told to all at once, held bytes included", async () => {
    const { ask, calls } = scene();
    const all = [ask(), ask()];
    const { flow, source } = handFlow();
    const held = flow.hold("content", 1e6);
    source.push("start\nerror wrong\n");
    await held;
    const answer: Answer = { ok: true, status: 200, headers: [], flow, target: target("a"), rewritten: false };
    await calls[0]?.fail(failed("caller-fault", { held: answer, response: response(400) }));
    expect(calls.length).toBe(1);
    for (const one of all) {
      const got = (await one.outcome) as Failure;
      const reader = new Collector();
      got.held?.flow.pipe(reader);
      expect([got.response?.status, reader.text, reader.ended]).toEqual([400, "start\nerror wrong\n", true]);
    }
  });

  test("the leader's own deadline says nothing to the others", async () => {
    const { ask, calls } = scene();
    const all = [ask(), ask(), ask()];
    await calls[0]?.fail(failed("deadline"));
    await calls[1]?.fail(failed("deadline"));
    expect(calls.length).toBe(3);
    await calls[2]?.answer();
    expect(all.map((one) => one.settled?.ok)).toEqual([false, false, true]);
  });

  test("what creates something is not sent twice unless nothing was sent", async () => {
    const sent = scene();
    const both = [sent.ask({ ...KEY, once: true }), sent.ask({ ...KEY, once: true })];
    await sent.calls[0]?.fail(failed("cut-early"));
    expect([sent.calls.length, both[1]?.settled?.ok]).toEqual([1, false]);

    const unsent = scene();
    unsent.ask({ ...KEY, once: true });
    unsent.ask({ ...KEY, once: true });
    await unsent.calls[0]?.fail(failed("unreachable", { unsent: true }));
    expect(unsent.calls.length).toBe(2);
  });

  test("a defect is the leader's, and the next one tries", async () => {
    const rt = virtualRuntime(1);
    const values = readOptions("join", JOIN_OPTIONS, {});
    const policy = join(values, new Joins(rt, values))(rt);
    let calls = 0;
    const next = async (): Promise<Outcome> => {
      calls += 1;
      if (calls === 1) throw new Error("a defect");
      return failed("overloaded");
    };
    const a = policy.handle(exchange(KEY), next);
    const b = policy.handle(exchange(KEY), next);
    await expect(a).rejects.toThrow("a defect");
    expect(await b).toMatchObject({ verdict: "overloaded" });
    expect(calls).toBe(2);
  });
});
