// The last requests: newest first, bounded, whole on demand, and without anything of the caller's.

import { type Exchange, newTally, type RequestFact, type TrailStep } from "@fairlead/engine";
import { NO_USAGE } from "@fairlead/protocol";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import type { RefusalFact } from "./edge-facts.ts";
import { KEPT, PLAIN_PER_SECOND, RecentRequests } from "./recent-requests.ts";

const SECRET = "sk-ant-secret";

function fact(id: string, more: Partial<RequestFact> = {}, exchange: Partial<Exchange> = {}): RequestFact {
  const steps: TrailStep[] = [
    { at: 1_212, what: "sent", upstream: "east", ms: 212, why: "overloaded" },
    { at: 1_852, what: "waited", upstream: "west", ms: 640, why: "back-off" },
    { at: 2_233, what: "sent", upstream: "west", ms: 381, why: "ok" },
  ];
  const x: Exchange = {
    id,
    attempt: 0,
    method: "POST",
    path: `/v1/messages?x=${SECRET}`,
    headers: ["x-api-key", SECRET],
    body: Buffer.from(SECRET),
    look: { dialect: "claude", model: "claude-haiku-4-5", modelSpans: [], stream: true, maxTokens: 5, userId: SECRET },
    principal: { project: "web", keyId: "k_1" },
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: undefined,
    priority: "agent",
    tally: { ...newTally(), attempts: 2, wireMs: 593, waitMs: 640, queuedMs: 0, steps },
    tried: [],
    ...exchange,
  };
  return {
    kind: "request",
    at: 3_000,
    x,
    verdict: "ok",
    code: undefined,
    status: 200,
    upstream: "west",
    upstreamRequestId: "req_up",
    attempts: 2,
    firstMs: 1_233,
    totalMs: 2_000,
    wireMs: 593,
    bytes: 99,
    answer: {
      usage: { ...NO_USAGE, inputTokens: 1_000_000, outputTokens: 200_000 },
      model: "claude-haiku-4-5",
      stopReason: "end_turn",
      messageId: "msg_1",
    },
    ...more,
  };
}

describe("RecentRequests", () => {
  it("has the tokens that the ledger has: with what a compaction or an advisor took", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    const iterations = [
      { ...NO_USAGE, type: "compaction", inputTokens: 300, outputTokens: 70 },
      { ...NO_USAGE, type: "message", inputTokens: 40, outputTokens: 20 },
    ];
    const usage = { ...NO_USAGE, inputTokens: 40, outputTokens: 20, iterations };
    const answer = { usage, model: "claude-haiku-4-5", stopReason: "end_turn", messageId: "msg_1" };
    recent.listen(fact("req_a", { answer }));
    expect(recent.find("req_a")).toMatchObject({ tokens: { input: 340, output: 90 } });
  });

  it("shows a request whole: attempts, waits, tokens, cost, and where each step began", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    recent.listen(fact("req_a"));
    expect(recent.find("req_a")).toMatchObject({
      id: "req_a",
      project: "web",
      key: "k_1",
      path: "/v1/messages",
      model: "claude-haiku-4-5",
      priority: "agent",
      verdict: "ok",
      status: 200,
      upstream: "west",
      upstream_request_id: "req_up",
      attempts: 2,
      waited_ms: 640,
      queued_ms: 0,
      first_ms: 1_233,
      total_ms: 2_000,
      // 1 dollar for a million in, 5 for a million out.
      cost_usd: 2,
      tokens: { input: 1_000_000, output: 200_000, cache_read: 0, cache_write: 0 },
      trace: "sent east overloaded 212ms; waited 640ms; sent west ok 381ms",
      steps: [
        { from_ms: 0, ms: 212, what: "sent", upstream: "east", why: "overloaded", billed: "maybe" },
        { from_ms: 212, ms: 640, what: "waited", why: "back-off" },
        { from_ms: 852, ms: 381, what: "sent", upstream: "west", why: "ok", billed: "yes" },
      ],
    });
    expect(recent.find("req_b")).toBeUndefined();
    expect(JSON.stringify([recent.list(), recent.find("req_a")])).not.toContain(SECRET);
  });

  it("keeps the newest, newest first, and no more than it says", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    const ids = () => recent.list().map((one) => (one as { id: string }).id);
    expect(ids()).toEqual([]);
    for (let i = 0; i < 3; i++) recent.listen(fact(`req_${i}`));
    expect(ids()).toEqual(["req_2", "req_1", "req_0"]);
    for (let i = 3; i < KEPT + 50; i++) recent.listen(fact(`req_${i}`));
    expect(ids().length).toBe(KEPT);
    expect(ids()[0]).toBe(`req_${KEPT + 49}`);
    expect(ids().at(-1)).toBe("req_50");
    expect(recent.find("req_49")).toBeUndefined();
    expect(recent.find("req_50")).toBeDefined();
  });

  it("knows refusals, requests without an answer, and models without a price", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    const refusal: RefusalFact = {
      kind: "refusal",
      at: 5,
      id: "req_r",
      method: "POST",
      route: "messages",
      status: 401,
      code: "key_unknown",
      project: undefined,
      keyId: undefined,
    };
    recent.listen(refusal);
    expect(recent.find("req_r")).toMatchObject({
      verdict: "refused-here",
      code: "fairlead_key_unknown",
      attempts: 0,
      cost_usd: null,
      trace: "refused key_unknown 0ms",
    });
    recent.listen(fact("req_f", { answer: undefined, verdict: "overloaded", status: 529 }));
    expect(recent.find("req_f")).toMatchObject({ tokens: null, cost_usd: null, verdict: "overloaded" });
    const unknown = { usage: { ...NO_USAGE, outputTokens: 5 }, model: "own", stopReason: undefined, messageId: "m" };
    recent.listen(fact("req_u", { answer: unknown }));
    expect(recent.find("req_u")).toMatchObject({ cost_usd: null, tokens: { output: 5 } });
  });

  it("keeps long names short and long traces bounded", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    const steps = Array.from({ length: 500 }, (_, at) => ({
      at,
      what: "sent" as const,
      upstream: "u",
      ms: 1,
      why: "overloaded",
    }));
    const look = { ...fact("").x.look, model: "m".repeat(5_000) };
    const tally = { ...newTally(), attempts: 500, wireMs: 0, waitMs: 0, queuedMs: 0, steps };
    recent.listen(fact("req_l", {}, { look, tally, path: `/v1/${"p".repeat(5_000)}` }));
    expect(JSON.stringify(recent.list()).length).toBeLessThan(3_000);
    expect((recent.find("req_l") as { steps: object[] }).steps.length).toBe(100);
  });

  it("keeps twenty a second of those that went well at once, and all others", () => {
    const recent = new RecentRequests(virtualRuntime(1));
    const sent: TrailStep[] = [{ at: 1_212, what: "sent", upstream: "east", ms: 212, why: "ok" }];
    const plain = (id: string, at: number) => fact(id, { at, attempts: 1 }, { tally: newTally(sent) });
    for (let i = 0; i < 50; i++) recent.listen(plain(`req_p${i}`, 1_000 + i));
    recent.listen(fact("req_failed", { at: 1_100, attempts: 1, verdict: "overloaded" }, { tally: newTally(sent) }));
    recent.listen(fact("req_repeated", { at: 1_101 }));
    recent.listen(fact("req_cached", { at: 1_102, attempts: 1, reused: "cache" }, { tally: newTally(sent) }));
    expect(recent.list()).toHaveLength(PLAIN_PER_SECOND + 3);
    expect(recent.find("req_p19")).toBeDefined();
    expect(recent.find("req_p20")).toBeUndefined();
    for (const id of ["req_failed", "req_repeated", "req_cached"]) expect(recent.find(id), id).toBeDefined();
    recent.listen(plain("req_next", 2_000));
    expect(recent.find("req_next")).toBeDefined();
  });
});
