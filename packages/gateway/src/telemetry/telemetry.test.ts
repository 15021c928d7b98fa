// Facts become one log line and the right metrics; no key and no word of a prompt is in either.

import { type EngineFigures, type Exchange, newTally, type RequestFact } from "@fairlead/engine";
import { readUsage } from "@fairlead/protocol";
import { Signal, virtualRuntime } from "@fairlead/runtime";
import { describe, expect, it } from "vitest";
import type { RefusalFact } from "./edge-facts.ts";
import { describeMetrics, Metrics } from "./metrics.ts";
import { RequestLog } from "./request-log.ts";

const SECRET = "sk-ant-secret";
const PROMPT = "the word of the prompt";

function exchange(model = "claude-haiku-4-5"): Exchange {
  return {
    id: "req_fl_1",
    attempt: 0,
    method: "POST",
    path: `/v1/messages?beta=true&x=${SECRET}`,
    headers: ["x-claude-code-session-id", 'ses"sion', "x-other", SECRET],
    body: Buffer.from(PROMPT),
    look: { dialect: "claude", model, modelSpans: [], stream: true, maxTokens: 5, userId: PROMPT },
    principal: { project: "web", keyId: "k_12345678" },
    signal: new Signal(),
    deadline: Number.POSITIVE_INFINITY,
    once: false,
    callerRetries: 0,
    target: undefined,
    priority: "interactive",
    tally: { ...newTally(), attempts: 2, wireMs: 90, waitMs: 5, queuedMs: 0, steps: [] },
    tried: [],
  };
}

function request(more: Partial<RequestFact> = {}): RequestFact {
  return {
    kind: "request",
    at: 0,
    x: exchange(),
    verdict: "ok",
    code: undefined,
    status: 200,
    upstream: "east",
    upstreamRequestId: "req_up",
    attempts: 2,
    firstMs: 100,
    totalMs: 2_000,
    wireMs: 90,
    bytes: 1234,
    answer: {
      usage: readUsage({ input_tokens: 1_000_000, output_tokens: 200_000, cache_read_input_tokens: 10 }),
      model: "claude-haiku-4-5",
      stopReason: "end_turn",
      messageId: "msg_1",
    },
    ...more,
  };
}

const refusal: RefusalFact = {
  kind: "refusal",
  at: 0,
  id: "req_fl_2",
  method: 'G"ET',
  route: "other",
  status: 401,
  code: "key_unknown",
  project: undefined,
  keyId: undefined,
};

describe("RequestLog", () => {
  it("writes one line of JSON per request, gathered for 50 ms, without secrets", async () => {
    const rt = virtualRuntime(1);
    const written: string[] = [];
    const log = new RequestLog(rt, (text) => written.push(text), true);
    log.listen(request());
    log.listen(request({ x: exchange(`m\n"${"x".repeat(500)}`), verdict: "cut", code: "cut" }));
    log.listen(refusal);
    expect(written).toEqual([]);
    await rt.clock.advance(50);
    expect(written).toHaveLength(1);
    const lines = (written[0] as string)
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { [key: string]: unknown });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      time: "2026-01-01T00:00:00.000Z",
      event: "request",
      id: "req_fl_1",
      project: "web",
      key: "k_12345678",
      path: "/v1/messages",
      model: "claude-haiku-4-5",
      verdict: "ok",
      status: 200,
      attempts: 2,
      upstream: "east",
      upstream_request_id: "req_up",
      session: 'ses"sion',
      input_tokens: 1_000_000,
      stop_reason: "end_turn",
    });
    expect(String(lines[1]?.model).length).toBeLessThan(120);
    expect(lines[1]?.code).toBe("fairlead_cut");
    expect(lines[2]).toMatchObject({ event: "refusal", status: 401, code: "fairlead_key_unknown", method: 'G"ET' });
    expect(written[0]).not.toContain(SECRET);
    expect(written[0]).not.toContain(PROMPT);
  });

  it("tells the tokens that the ledger has: with what a compaction or an advisor took", () => {
    const rt = virtualRuntime(1);
    const written: string[] = [];
    const log = new RequestLog(rt, (text) => written.push(text), true);
    const iterations = [
      { type: "compaction", input_tokens: 300, output_tokens: 70 },
      { type: "message", input_tokens: 40, output_tokens: 20, cache_read_input_tokens: 500 },
    ];
    const usage = readUsage({ input_tokens: 40, output_tokens: 20, cache_read_input_tokens: 500, iterations });
    log.listen(request({ answer: { usage, model: "claude-haiku-4-5", stopReason: "end_turn", messageId: "msg_1" } }));
    log.flush();
    expect(JSON.parse(written[0] ?? "")).toMatchObject({
      input_tokens: 340,
      output_tokens: 90,
      cache_read_tokens: 500,
    });
  });

  it("stays silent when told to, but tells what happens to the server", () => {
    const rt = virtualRuntime(1);
    const written: string[] = [];
    const log = new RequestLog(rt, (text) => written.push(text), false);
    log.listen(request());
    log.listen(refusal);
    log.listen({ kind: "server", at: 0, event: "draining", detail: "x" } as never);
    log.flush();
    expect(written.join("")).toMatch(/^\{[^\n]*"event":"draining"[^\n]*\}\n$/);
  });

  it("tells that Redis went away for limits, why, and that it is back", () => {
    const rt = virtualRuntime(1);
    const written: string[] = [];
    const log = new RequestLog(rt, (text) => written.push(text), false);
    const why = "redis at r:6379: WRONGPASS invalid username-password pair";
    log.listen({ kind: "limit-store", at: 0, event: "away", why, instances: 2 } as never);
    log.listen({ kind: "limit-store", at: 0, event: "back", why: "", instances: 2 } as never);
    log.flush();
    const lines = written.join("").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "limits", detail: expect.stringContaining(`Redis is away (${why})`) },
      { event: "limits", detail: "Redis is back, limits are shared by 2" },
    ]);
  });

  it("has what went wrong on the admin address, under the id that the answer named", () => {
    const rt = virtualRuntime(1);
    const written: string[] = [];
    const log = new RequestLog(rt, (text) => written.push(text), false);
    const what = `Error: "x"\n${"    at y\n".repeat(1_000)}`;
    log.listen({ kind: "admin-error", at: 0, id: "req_fl_3", path: "/api/keys", what } as never);
    log.flush();
    const line = JSON.parse(written.join("")) as { detail: string };
    expect(line).toMatchObject({ event: "admin-error", id: "req_fl_3", path: "/api/keys" });
    expect(line.detail.startsWith('Error: "x"')).toBe(true);
    expect(line.detail.length).toBe(2_000);
  });
});

const NO_FIGURES: EngineFigures = {
  loads: [],
  upstreams: [],
  queue: { waiting: 0, oldestMs: 0, classes: [], refused: { full: 0, deadline: 0, max_wait: 0, overload: 0 } },
  quotas: [],
  cooldowns: [],
  balance: { pins: 0, moves: 0, mostMoves: 0, held: 0, boundMoves: 0, regions: [] },
  budgets: [],
  spend: [],
  joins: { led: 0, joined: 0, alone: 0, entries: 0, bytes: 0 },
  cache: { hits: 0, misses: 0, renewals: 0, fallbacks: 0, displaced: 0, entries: 0, bytes: 0 },
  hedges: { sent: 0, won: 0, denied: 0 },
  limits: null,
};

describe("Metrics", () => {
  const metrics = () =>
    new Metrics(virtualRuntime(1), {
      streams: () => 3,
      connections: () => [],
      upstreams: () => [{ upstream: "east", state: 2 }],
      engine: () => NO_FIGURES,
    });

  it("counts requests, tokens and cost", () => {
    const all = metrics();
    all.listen(request());
    const text = all.print();
    expect(text).toContain(
      'fairlead_requests_total{project="web",model="claude-haiku-4-5",upstream="east",outcome="ok",status="200"} 1',
    );
    expect(text).toContain('fairlead_tokens_total{project="web",model="claude-haiku-4-5",kind="output"} 200000');
    // 1 USD for a million in, 5 USD for a million out, 0.10 USD for a million read from the cache.
    const cost = /fairlead_cost_usd_total\{[^}]*\} ([\d.e-]+)/.exec(text);
    expect(Number(cost?.[1])).toBeCloseTo(1 + 0.2 * 5 + 1e-6, 9);
    expect(text).toContain('fairlead_first_token_seconds_bucket{upstream="east",le="0.1"} 1');
    expect(text).toContain('fairlead_overhead_seconds_bucket{le="0.005"} 1');
    expect(text).toContain('fairlead_request_tokens_bucket{project="web",le="1000000"} 0');
    expect(text).toContain("fairlead_streams_active 3");
    expect(text).toContain('fairlead_upstream_state{upstream="east"} 2');
    expect(text).not.toContain(SECRET);
  });

  it("tells the status of an error of ours, which the client got, and none of who left", () => {
    const rt = virtualRuntime(1);
    const all = metrics();
    const lines: string[] = [];
    const log = new RequestLog(rt, (text) => lines.push(text), true);
    for (const fact of [
      request({ verdict: "refused-here", code: "queue_full", status: undefined }),
      request({ verdict: "deadline", code: "deadline", status: undefined }),
      request({ verdict: "cancelled", code: "client_gone", status: undefined }),
      request({ verdict: "overloaded", status: 529 }),
    ]) {
      all.listen(fact);
      log.listen(fact);
    }
    log.flush();
    const told = lines
      .join("")
      .trimEnd()
      .split("\n")
      .map((line) => (JSON.parse(line) as { status: number }).status);
    expect(told).toEqual([529, 504, 0, 529]);
    const text = all.print();
    expect(text).toContain('outcome="refused-here",status="529"} 1');
    expect(text).toContain('outcome="deadline",status="504"} 1');
    expect(text).toContain('outcome="cancelled",status="0"} 1');
  });

  it("counts how often circuits change", () => {
    const all = metrics();
    for (const state of ["open", "half-open", "open", "closed"]) {
      all.listen({ kind: "circuit", at: 0, upstream: "east", scope: "platform", state, why: "529" } as never);
    }
    expect(all.print()).toContain('fairlead_circuit_changes_total{upstream="east",scope="platform",state="open"} 2\n');
    expect(all.print()).toContain(
      'fairlead_circuit_changes_total{upstream="east",scope="platform",state="closed"} 1\n',
    );
  });

  it("tells the time in the queue by priority, and counts it as nobody's overhead", () => {
    const all = metrics();
    const x = exchange();
    const tally = { ...x.tally, queuedMs: 2_000 };
    all.listen(request({ x: { ...x, priority: "batch", tally }, firstMs: 2_095.05, wireMs: 90 }));
    const text = all.print();
    expect(text).toContain('fairlead_queue_wait_seconds_bucket{priority="batch",le="1"} 0');
    expect(text).toContain('fairlead_queue_wait_seconds_bucket{priority="batch",le="2.5"} 1');
    expect(text).toContain('fairlead_queue_wait_seconds_sum{priority="batch"} 2\n');
    // 2,095.05 ms to the outcome, less 90 on the wire, 5 of waiting, 2,000 in the queue.
    expect(text).toContain('fairlead_overhead_seconds_bucket{le="0.0001"} 1');
  });

  it("bounds what callers can name", () => {
    const all = metrics();
    for (let i = 0; i < 2_000; i++) all.listen({ ...refusal, route: `r${i}` } as RefusalFact);
    all.listen(request({ x: exchange("made-up-model") }));
    const text = all.print();
    expect(text.split("\n").filter((line) => line.startsWith("fairlead_refusals_total{")).length).toBeLessThanOrEqual(
      501,
    );
    expect(text).not.toContain("made-up-model");
    expect(text).toContain('model="other"');
  });

  it("prints histograms that add up", () => {
    const all = metrics();
    for (const totalMs of [1, 20, 999, 700_000]) all.listen(request({ totalMs }));
    const text = all.print();
    const buckets = [...text.matchAll(/fairlead_request_seconds_bucket\{upstream="east",le="([^"]+)"\} (\d+)/g)].map(
      (m) => Number(m[2]),
    );
    expect(buckets).toEqual([...buckets].sort((a, b) => a - b));
    expect(buckets.at(-1)).toBe(4);
    expect(buckets.at(-2)).toBe(3);
    expect(text).toContain('fairlead_request_seconds_count{upstream="east"} 4');
  });

  it("describes every metric that it prints", () => {
    const described = describeMetrics();
    const printed = [
      ...metrics()
        .print()
        .matchAll(/^# TYPE (\S+) (\S+)$/gm),
    ].map((m) => `${m[1]} ${m[2]}`);
    expect(described.map(({ name, kind }) => `${name} ${kind}`)).toEqual(printed);
    for (const one of described) expect(one.help).toMatch(/\.$/);
  });
});
