// Conversations and lengths of answers: what a real simulator receives, and what its answers are put together to.

import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readAnswerTokens, readStage } from "./arguments.ts";
import { Conversations } from "./conversation.ts";
import { RequestMaker, type RequestShape } from "./request-maker.ts";
import { Step, type StepPlan } from "./step.ts";

let simulator: Simulator;
let port = 0;
beforeAll(async () => {
  simulator = await startSimulator(
    { regions: [{ name: "east", port: 0 }], controlPort: 0, pace: "instant" },
    systemRuntime(),
  );
  port = simulator.regions[0]?.port ?? 0;
});
beforeEach(() => simulator.reset());
afterAll(() => simulator.close());

const SHAPE: RequestShape = {
  path: "/v1/messages",
  authority: "127.0.0.1",
  model: "claude-sonnet-4-6",
  maxTokens: 400,
  promptTokens: 1_200,
  stream: true,
  seed: "s",
  tenants: 0,
  keys: ["key-one"],
  auth: "x-api-key",
  headers: [],
};

function step(maker: Conversations | RequestMaker, plan: Partial<StepPlan>): Step {
  return new Step(
    {
      kind: "at-once",
      level: 3,
      requests: 12,
      durationMs: undefined,
      warmUpMs: 0,
      timeoutMs: 5_000,
      connections: 3,
      stream: true,
      seed: "s",
      tenants: 0,
      ...plan,
    },
    { host: "127.0.0.1", address: "127.0.0.1", port, tls: false },
    maker,
  );
}

interface Body {
  readonly messages: ReadonlyArray<{ role: string; content: unknown }>;
}
const bodies = () =>
  simulator.log.entries.map(({ headers, body, status }) => ({
    status,
    session: headers.find(([name]) => name === "x-claude-code-session-id")?.[1] ?? "",
    ...(JSON.parse(body.toString()) as Body),
  }));

test.each([true, false])(
  "each turn sends what was said before, thinking as it was signed (streamed: %s)",
  async (stream) => {
    const shape = { ...SHAPE, stream };
    const { score } = await step(new Conversations(shape, { turns: 4, thinking: true }), { stream, level: 1 }).run();
    // A thinking block that is not byte for byte what the simulator signed would be a 400.
    expect(score).toMatchObject({ ok: 12, failed: 0 });
    const sessions = Map.groupBy(bodies(), ({ session }) => session);
    expect(sessions.size).toBe(3);
    for (const [name, turns] of sessions) {
      expect(name).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
      expect(turns.map(({ messages }) => messages.length)).toEqual([1, 3, 5, 7]);
      const last = turns.at(-1)?.messages ?? [];
      expect(last.filter(({ role }) => role === "assistant")).toHaveLength(3);
      expect(JSON.stringify(last)).toContain('"type":"thinking"');
      for (const [i, { messages }] of turns.entries()) expect(messages).toEqual(last.slice(0, 2 * i + 1));
    }
    // What was sent before is read from the cache.
    expect(score.cacheReadTokens).toBeGreaterThan(3 * 3 * 1_200);
  },
);

test("a turn that failed is asked again as the next one", async () => {
  simulator.faults.add({ kind: "overloaded", filter: { nth: [2] } });
  const plan = { level: 1, requests: 3, connections: 1 };
  const { score } = await step(new Conversations(SHAPE, { turns: 3, thinking: false }), plan).run();
  expect(score).toMatchObject({ ok: 2, failed: 1 });
  expect(bodies().map(({ status, messages }) => [status, messages.length])).toEqual([
    [200, 1],
    [529, 3],
    [200, 3],
  ]);
  expect(new Set(bodies().map(({ session }) => session)).size).toBe(1);
});

test("turns are thought about before they are sent", async () => {
  const plan = { level: 20, requests: undefined, durationMs: 1_000, connections: 20, thinkMs: 200 };
  const { score } = await step(new Conversations(SHAPE, { turns: 1_000, thinking: false }), plan).run();
  // 20 places, a turn each 200 ms on average and a few for the answer: some 95; without pauses there are thousands.
  expect(score.requests).toBeGreaterThan(50);
  expect(score.requests).toBeLessThan(140);
});

test("answers have the length that is asked for, with its mean and spread, in requests of one length", async () => {
  const fixed = await step(new RequestMaker({ ...SHAPE, promptTokens: 40, answerTokens: { mean: 77, sigma: 0 } }), {
    requests: 3,
  }).run();
  expect(fixed.score.outputTokens).toBe(3 * 77);
  const maker = new RequestMaker({ ...SHAPE, maxTokens: 32_000, answerTokens: { mean: 800, sigma: 1.2 } });
  const made = Array.from({ length: 4_000 }, () => maker.next().pieces.join(""));
  expect(new Set(made.map((one) => one.length)).size).toBe(1);
  const wishes = made.map((one) => Number(/Write about +(\d+) tokens/.exec(one)?.[1]));
  const mean = wishes.reduce((sum, one) => sum + one, 0) / wishes.length;
  const logs = wishes.map(Math.log);
  const middle = logs.reduce((sum, one) => sum + one, 0) / logs.length;
  const sigma = Math.sqrt(logs.reduce((sum, one) => sum + (one - middle) ** 2, 0) / logs.length);
  expect(mean / 800).toBeGreaterThan(0.85);
  expect(mean / 800).toBeLessThan(1.15);
  expect(sigma).toBeCloseTo(1.2, 1);
});

test("a stream without content in time has failed, whatever pings come", async () => {
  simulator.faults.add({ kind: "slow-first-byte", params: { ms: 800 }, filter: { nth: [2] } });
  const maker = new RequestMaker({ ...SHAPE, promptTokens: 40 });
  const { score } = await step(maker, { requests: 3, level: 1, firstTokenMs: 300 }).run();
  expect(score).toMatchObject({ ok: 2, failed: 1 });
  expect(score.ranking()[0]?.wrong).toMatchObject({ kind: "timeout", what: "no content within 0.3 s" });
  expect(score.seconds.reduce((sum, { ok, failed }) => sum + ok + failed, 0)).toBe(3);
});

test("stages and lengths are read within bounds", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 86_400 }), fc.integer({ min: 1, max: 100_000 }), (seconds, rate) => {
      expect(readStage(`${seconds}s:${rate}`)).toEqual({ ms: seconds * 1_000, rate });
    }),
  );
  expect(readAnswerTokens("800")).toEqual({ mean: 800, sigma: 0 });
  expect(readAnswerTokens("800~1.2")).toEqual({ mean: 800, sigma: 1.2 });
  for (const wrong of ["", "20s", "20s:", "20:80", "20s:0", "1s:2:3", "50ms:1"])
    expect(() => readStage(wrong)).toThrow();
  for (const wrong of ["", "0", "~1", "800~", "800~3.5", "800~1~2", "1000001"])
    expect(() => readAnswerTokens(wrong)).toThrow();
});
