// The meter: one row for each attempt, with the right end and what it cost.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Exchange, type Flow, failure, type Outcome } from "@fairlead/engine";
import { JsonReader } from "@fairlead/providers/anthropic";
import type { LedgerRow } from "@fairlead/stores";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { request, scene, type Wire } from "../../testing/ledger-stand.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "meter-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a whole answer", () => {
  test("has all that is known of it in its row", async () => {
    const { attempt, rows, rt, service } = scene(folder);
    const { wire } = await attempt();
    wire.begin();
    await rt.clock.advance(30);
    wire.text("Hello");
    await rt.clock.advance(40);
    wire.stop();
    const [row, ...others] = await rows();
    expect(others).toEqual([]);
    expect(row).toEqual({
      attemptId: expect.stringMatching(/^att_[0-9A-Za-z]{20}$/),
      requestId: "req_fl_1",
      attempt: 1,
      callerRequestId: "c-1",
      upstreamRequestId: "req_up_1",
      messageId: "msg_1",
      instance: "one",
      at: expect.any(Number),
      project: "web",
      keyId: "k_1",
      session: "s-1",
      route: "messages",
      stream: true,
      modelAsked: "claude-opus-5-5",
      modelServed: "claude-opus-5-5",
      upstream: "tokyo",
      region: "jp",
      headMs: 20,
      firstTokenMs: 50,
      endMs: 90,
      verdict: "ok",
      status: 200,
      ended: "whole",
      inputTokens: 100,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      cacheReadTokens: 50,
      outputTokens: 40,
      thinkingTokens: 0,
      webSearchRequests: 0,
      webFetchRequests: 0,
      priceRow: expect.stringMatching(/^claude-opus-5-5@\d{4}-\d\d-\d\d$/),
      // 100 * 4 + 50 * 0.2 + 40 * 20 dollars a million: 1210 millionths, in millionths of a millionth.
      picoUsd: 1_210_000_000,
      priced: true,
      estimated: false,
    });
    await service.close();
  });

  test("in one piece, and one of a route that costs nothing", async () => {
    const { attempt, rows, service } = scene(folder);
    const json = request({ look: { ...request().look, stream: false } });
    const one = await attempt(json, new JsonReader("tokyo") as never);
    const usage = { input_tokens: 7, output_tokens: 2 };
    one.wire.sink?.data(
      Buffer.from(
        JSON.stringify({ id: "msg_2", model: "claude-haiku-5-5", content: [{}], stop_reason: "end_turn", usage }),
      ),
    );
    one.wire.sink?.end();
    const two = await attempt(request({ path: "/v1/messages/count_tokens" }), new JsonReader("tokyo") as never);
    two.wire.sink?.data(Buffer.from('{"input_tokens":2095}'));
    two.wire.sink?.end();
    const all = await rows();
    expect(
      all
        .map(({ route, inputTokens, outputTokens, picoUsd, estimated }) => [
          route,
          inputTokens,
          outputTokens,
          picoUsd,
          estimated,
        ])
        .sort(),
    ).toEqual([
      ["count_tokens", 0, 0, 0, false],
      // 7 * 0.10 + 2 * 0.50 dollars a million.
      ["messages", 7, 2, 1_700_000, false],
    ]);
    await service.close();
  });

  test("that is a refusal before any output is not billed; one in the middle is", async () => {
    const { attempt, rows, service } = scene(folder);
    const before = await attempt();
    before.wire.event({
      type: "message_start",
      message: { id: "msg_1", model: "claude-opus-5-5", usage: { input_tokens: 100, output_tokens: 1 } },
    });
    before.wire.stop({ output_tokens: 0 }, "refusal");
    const middle = await attempt();
    middle.wire.begin();
    middle.wire.text("I will");
    middle.wire.stop({ output_tokens: 2 }, "refusal");
    const all = await rows();
    expect(all.map(({ inputTokens, picoUsd, ended }) => [inputTokens, picoUsd, ended]).sort()).toEqual([
      [0, 0, "whole"],
      // 100 * 4 + 50 * 0.2 + 2 * 20 dollars a million.
      [100, 450_000_000, "whole"],
    ]);
    await service.close();
  });
});

describe("an answer that tells its output late, or never", () => {
  test("has its output worked out, for the count at its beginning is none", async () => {
    const { attempt, rows, service } = scene(folder);
    for (const usage of [{}, { input_tokens: 100 }, { output_tokens: null }]) {
      const { wire } = await attempt();
      wire.begin();
      wire.text("x".repeat(400));
      wire.stop(usage);
    }
    // 400 bytes at a quarter of a token, for nothing is learned from such answers: 100 * 4 + 50 * 0.2 + 100 * 20.
    const worked = { ended: "whole", estimated: true, outputTokens: 100, picoUsd: 2_410_000_000 };
    expect(await rows()).toMatchObject([worked, worked, worked]);
    await service.close();
  });

  test("has its prompt worked out too, when nothing is told of that", async () => {
    const { attempt, rows, service } = scene(folder);
    const { wire } = await attempt();
    wire.begin({});
    wire.text("x".repeat(400));
    wire.stop({});
    // 400 bytes of prompt and of text at a quarter of a token: 100 * 4 + 100 * 20.
    const worked = { estimated: true, inputTokens: 100, outputTokens: 100, picoUsd: 2_400_000_000 };
    expect(await rows()).toMatchObject([worked]);
    await service.close();
  });

  test("is charged what came of it beyond the iterations of its beginning, when it is cut", async () => {
    const { attempt, rows, service } = scene(folder);
    const { wire } = await attempt();
    const iterations = [
      { type: "compaction", input_tokens: 1_000, output_tokens: 10 },
      { type: "message", input_tokens: 100, output_tokens: 3 },
    ];
    wire.begin({ input_tokens: 100, output_tokens: 3, iterations });
    wire.text("x".repeat(400));
    wire.sink?.fail("reset");
    // 1100 * 4 + (10 + 100) * 20 dollars a million.
    expect(await rows()).toMatchObject([
      { estimated: true, inputTokens: 1_100, outputTokens: 110, picoUsd: 6_600_000_000 },
    ]);
    await service.close();
  });

  test("has the price of the model that was asked for when it names none", async () => {
    const { attempt, rows, service } = scene(folder);
    const { wire } = await attempt();
    wire.event({
      type: "message_start",
      message: { id: "msg_1", model: "", usage: { input_tokens: 100, output_tokens: 1 } },
    });
    wire.stop({ output_tokens: 40 });
    const json = request({ look: { ...request().look, stream: false } });
    const one = await attempt(json, new JsonReader("tokyo") as never);
    const usage = { input_tokens: 100, output_tokens: 40 };
    const answer = { id: "msg_2", model: "", content: [{}], stop_reason: "end_turn", usage };
    one.wire.sink?.data(Buffer.from(JSON.stringify(answer)));
    one.wire.sink?.end();
    // 100 * 4 + 40 * 20 dollars a million.
    const priced = { priced: true, picoUsd: 1_200_000_000 };
    expect(await rows()).toMatchObject([priced, priced]);
    await service.close();
  });
});

describe("an answer that is not whole", () => {
  const cut = (wire: Wire) => wire.sink?.fail("reset");
  const cases: Array<[string, LedgerRow["ended"], string, (wire: Wire, flow: Flow, x: Exchange) => void]> = [
    ["cut by the upstream", "cut", "cut", (wire) => cut(wire)],
    ["ended without its end", "cut", "cut", (wire) => wire.sink?.end()],
    [
      "with the upstream's error event",
      "cut",
      "cut",
      (wire) => wire.event({ type: "error", error: { type: "overloaded_error", message: "m" } }),
    ],
    [
      "whose client left",
      "client-left",
      "cancelled",
      (_w, flow, x) => abort(flow, x, "the client closed the connection"),
    ],
    ["that lost a race", "dropped", "cancelled", (_w, flow, x) => abort(flow, x, "another attempt was first")],
    ["cut off at a shutdown", "dropped", "cancelled", (_w, flow, x) => abort(flow, x, "the gateway was shut down")],
    [
      "nobody waits for",
      "client-left",
      "cancelled",
      (_w, flow) =>
        flow.abort({
          verdict: "cancelled",
          code: "client_gone",
          type: "",
          message: "nobody waits for this answer any more",
        }),
    ],
    [
      "of a probe",
      "dropped",
      "cancelled",
      (_w, flow) =>
        flow.abort({ verdict: "cancelled", code: "client_gone", type: "", message: "a probe is not read on" }),
    ],
    [
      "gone silent",
      "cut",
      "cut",
      (_w, flow) => flow.abort({ verdict: "cut", code: "idle_timeout", type: "", message: "" }),
    ],
  ];
  test.each(cases)("%s: %s, with what it produced worked out", async (_what, ended, verdict, how) => {
    const { attempt, rows, service } = scene(folder);
    const { wire, flow, x } = await attempt();
    wire.begin();
    wire.text("x".repeat(400));
    how(wire, flow, x);
    const [row] = await rows();
    // 400 characters at four to a token; the provisional count of message_start (3) is not output.
    expect(row).toMatchObject({
      ended,
      verdict,
      inputTokens: 100,
      cacheReadTokens: 50,
      outputTokens: 100,
      estimated: true,
    });
    // 100 * 4 + 50 * 0.2 + 100 * 20 dollars a million.
    expect(row?.picoUsd).toBe(2_410_000_000);
    await service.close();
  });

  test("but told its last count: that one counts", async () => {
    const { attempt, rows, service } = scene(folder);
    const { wire } = await attempt();
    wire.begin();
    wire.text("x".repeat(400));
    wire.event({ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 77 } });
    wire.event({ type: "error", error: { type: "api_error", message: "m" } });
    expect(await rows()).toMatchObject([{ ended: "cut", outputTokens: 77, estimated: false }]);
    await service.close();
  });

  test("is worked out at the rate of the model's whole answers", async () => {
    const { attempt, rows, service } = scene(folder);
    for (let i = 0; i < 40; i++) {
      const { wire } = await attempt(request({ id: `whole_${i}` }));
      wire.begin();
      wire.text("y".repeat(1_000));
      wire.stop({ output_tokens: 500 });
    }
    const { wire } = await attempt();
    wire.begin();
    wire.text("y".repeat(1_000));
    cut(wire);
    const last = (await rows()).find((row) => row.ended === "cut");
    expect(Math.abs((last?.outputTokens ?? 0) - 500)).toBeLessThan(8);
    await service.close();
  });
});

describe("without an answer", () => {
  const cases: Array<[string, Outcome & { ok: false }, string | undefined, Partial<LedgerRow>]> = [
    [
      "refused by the upstream: nothing is billed",
      {
        ...failure(
          "cut_early",
          {},
          { verdict: "overloaded", response: { status: 529, headers: ["request-id", "req_o"], body: Buffer.alloc(0) } },
        ),
        code: undefined,
      },
      undefined,
      {
        ended: "failed",
        verdict: "overloaded",
        status: 529,
        upstreamRequestId: "req_o",
        inputTokens: 0,
        estimated: false,
      },
    ],
    [
      "never sent",
      failure("unreachable", {}, { unsent: true }),
      undefined,
      { ended: "failed", verdict: "unreachable", code: "unreachable", inputTokens: 0, estimated: false },
    ],
    [
      "without a head in time: its prompt may be billed",
      failure("head_timeout", {}),
      undefined,
      { ended: "failed", verdict: "too-slow", inputTokens: 100, estimated: true },
    ],
    [
      "the client left before the head",
      failure("client_gone"),
      "the client closed the connection",
      { ended: "client-left", verdict: "cancelled", inputTokens: 100, estimated: true },
    ],
    [
      "its time was up",
      failure("client_gone"),
      "deadline",
      { ended: "dropped", verdict: "deadline", code: "deadline", inputTokens: 100, estimated: true },
    ],
    [
      "the loser of a race",
      failure("client_gone"),
      "another attempt was first",
      { ended: "dropped", verdict: "cancelled", estimated: true },
    ],
  ];
  test.each(cases)("%s", async (_what, outcome, reason, expected) => {
    const { policy, rows, service } = scene(folder);
    const x = request();
    if (reason !== undefined) x.signal.abort(reason);
    await policy.handle(x, async () => outcome);
    const all = await rows();
    expect(all).toHaveLength(1);
    expect(all[0]).toMatchObject(expected);
    await service.close();
  });

  test("a defect of ours is a row too", async () => {
    const { policy, rows, service } = scene(folder);
    await expect(policy.handle(request(), () => Promise.reject(new Error("bug")))).rejects.toThrow("bug");
    expect(await rows()).toMatchObject([{ ended: "failed", code: "internal" }]);
    await service.close();
  });
});

test("text from outside is bounded and clean before it is stored", async () => {
  const { attempt, rows, service } = scene(folder);
  const headers = ["x-client-request-id", `a\u0000b${"c".repeat(500)}`, "x-claude-code-session-id", "\ud800日本"];
  const { wire } = await attempt(request({ headers }));
  wire.begin();
  wire.stop();
  const [row] = await rows();
  expect(row?.callerRequestId).toBe(`a?b${"c".repeat(197)}`);
  expect(row?.session).toBe("\ufffd日本");
  await service.close();
});

function abort(flow: Flow, x: Exchange, reason: string): void {
  x.signal.abort(reason);
  flow.abort({ verdict: "cancelled", code: "client_gone", type: "api_error", message: reason });
}
