// createFetch in the newest SDK against a simulator of three regions, without a gateway: what each policy does for a program.

import { type ClientOptions, createFetch } from "@fairlead/client";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { installed } from "./installed.ts";

const { Anthropic } = await installed(() => import("@anthropic-ai/sdk"));

const REGIONS = ["east", "west", "north"] as const;
const MODEL = "claude-sonnet-4-6";

let simulator: Simulator;
beforeAll(async () => {
  const regions = REGIONS.map((name) => ({ name, port: 0 }));
  simulator = await startSimulator({ regions, controlPort: 0, pace: "instant", seed: "three" }, systemRuntime());
});
afterEach(() => simulator.reset());
afterAll(() => simulator.close());

/** A program's client: the SDK as it is, with our fetch over the three regions, each a platform and an account of its own. */
function program(options: ClientOptions = {}) {
  const endpoints = simulator.regions.map(({ name, url }) => ({ name, url, platform: name, apiKey: `key-${name}` }));
  const fetch = createFetch({ endpoints, ...options });
  const client = new Anthropic({
    apiKey: "of-the-program",
    baseURL: "https://api.anthropic.com",
    fetch,
    maxRetries: 0,
  });
  return { client, fetch };
}

const say = (text: string, more: object = {}) => ({
  model: MODEL,
  max_tokens: 400,
  messages: [{ role: "user" as const, content: `say: ${text}` }],
  ...more,
});

type Client = ReturnType<typeof program>["client"];

async function ask(client: Client, text: string, headers: Record<string, string> = {}): Promise<string> {
  const message = await client.messages.stream(say(text), { headers }).finalMessage();
  return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

function fault(spec: object): void {
  const added = simulator.faults.add(spec);
  if ("error" in added) throw new Error(added.error);
}

const reached = (region?: string) =>
  simulator.log.entries.filter((entry) => region === undefined || entry.region === region);
const keyOf = (entry: Simulator["log"]["entries"][number]) =>
  entry.headers.find(([name]) => name.toLowerCase() === "x-api-key")?.[1];

describe("an outage of one region", () => {
  test.each([
    { kind: "overloaded" },
    { kind: "in-stream-error", phase: "after-message-start" },
    { kind: "reset" },
    { kind: "unauthorized" },
    { kind: "refuse" },
  ])("$kind is seen by nobody, and soon the region is asked no more", async (spec) => {
    const { client, fetch } = program();
    fault({ ...spec, filter: { region: "east" } });
    for (let i = 0; i < 30; i++) expect(await ask(client, `word ${i}`)).toBe(`word ${i}`);
    // With 30 requests in a row five failures open the circuit; what comes after them are probes beside requests.
    expect(reached("east").length).toBeLessThanOrEqual(15);
    expect(reached("west").length).toBeGreaterThanOrEqual(30);
    expect(reached("north")).toEqual([]);
    for (const entry of reached()) expect(keyOf(entry)).toBe(`key-${entry.region}`);
    const { sinceStart, breakers } = fetch.snapshot();
    expect(sinceStart).toMatchObject({ requests: 30, succeeded: 30, successRate: 1 });
    expect(breakers.filter(({ state }) => state !== "closed").map(({ key }) => key.split(" ")[0])).toEqual([
      spec.kind === "unauthorized" ? expect.any(String) : "east",
    ]);
  });

  test("two of three may go", async () => {
    const { client } = program();
    fault({ kind: "overloaded", filter: { region: ["east", "west"] } });
    for (let i = 0; i < 20; i++) expect(await ask(client, `word ${i}`)).toBe(`word ${i}`);
    expect(reached("north").length).toBe(20);
  });

  test("of all three is told once as the upstream's own error, without a storm", async () => {
    const { client, fetch } = program();
    fault({ kind: "overloaded" });
    const ends = [];
    for (let i = 0; i < 40; i++) ends.push(await ask(client, "x").catch((e: unknown) => e));
    for (const end of ends) expect(end).toBeInstanceOf(Anthropic.OverloadedError);
    expect(reached().length / ends.length).toBeLessThanOrEqual(1.2);
    const { budgets, sinceStart } = fetch.snapshot();
    // Those that no upstream was asked for have no status of any.
    expect(sinceStart).toMatchObject({ requests: 40, succeeded: 0, attempts: reached().length });
    expect(budgets.map(({ platform }) => platform).sort()).toEqual([...REGIONS].sort());
    for (const { tokens } of budgets) expect(tokens).toBeLessThanOrEqual(10);
  });
});

describe("conversations", () => {
  const turn = (session: number) => ({ "x-claude-code-session-id": `session-${session}` });

  test("spread over the regions and stay where they are, through the outage of another region", async () => {
    const { client, fetch } = program({ balance: { mode: "spread" } });
    const homes = new Map<number, string | undefined>();
    const upstreamOf = async (session: number) => {
      const { response } = await client.messages.create(say("hello"), { headers: turn(session) }).withResponse();
      return response.headers.get("fairlead-upstream") ?? undefined;
    };
    for (let session = 0; session < 30; session++) homes.set(session, await upstreamOf(session));
    const counts = REGIONS.map((name) => [...homes.values()].filter((home) => home === name).length);
    expect(Math.min(...counts)).toBeGreaterThan(3);
    for (const [session, home] of homes) expect(await upstreamOf(session)).toBe(home);
    expect(fetch.snapshot().balance).toMatchObject({ pins: 30, moves: 0 });
    fault({ kind: "overloaded", filter: { region: "west" } });
    for (const [session, home] of homes) {
      const at = await upstreamOf(session);
      if (home === "west") expect(at).not.toBe("west");
      else expect(at).toBe(home);
    }
    // Those who were helped elsewhere before the circuit opened are no moves: their place was well when they asked.
    const { moves, mostMoves } = fetch.snapshot().balance;
    expect(moves).toBeLessThanOrEqual(counts[1] ?? 0);
    expect(mostMoves).toBeLessThanOrEqual(1);
  });

  test("with signed thinking never go to another account, and say why", async () => {
    const { client } = program({ balance: { mode: "spread" }, admission: { wait: "200ms" }, retry: { attempts: 2 } });
    const headers = turn(1);
    const first = await client.messages
      .create({ ...say("well"), thinking: { type: "adaptive" } }, { headers })
      .withResponse();
    const home = first.response.headers.get("fairlead-upstream") ?? "";
    fault({ kind: "unauthorized", filter: { region: home } });
    const history = [
      ...say("well").messages,
      { role: "assistant" as const, content: first.data.content },
      { role: "user" as const, content: "go on" },
    ];
    const next = { model: MODEL, max_tokens: 400, thinking: { type: "adaptive" as const }, messages: history };
    for (let i = 0; i < 3; i++) {
      const end = await client.messages.create(next, { headers }).catch((e: unknown) => e);
      expect(end).toBeInstanceOf(Anthropic.APIError);
    }
    expect(new Set(reached().map(({ region }) => region))).toEqual(new Set([home]));
  });
});

describe("the same request", () => {
  test("with an idempotency key is joined while it is under way", async () => {
    const { client } = program();
    fault({ kind: "slow-first-byte", params: { ms: 150 } });
    const headers = { "idempotency-key": "one" };
    const all = await Promise.all([1, 2, 3, 4].map(() => ask(client, "once", headers)));
    expect(all).toEqual(["once", "once", "once", "once"]);
    expect(reached().length).toBe(1);
    await Promise.all([1, 2].map(() => ask(client, "twice")));
    expect(reached().length).toBe(3);
  });

  test("is answered from the cache where that is asked for, streamed and whole, and counts of tokens always", async () => {
    const { client } = program();
    const headers = { "fairlead-cache": "use" };
    expect(await ask(client, "kept", headers)).toBe("kept");
    expect(await ask(client, "kept", headers)).toBe("kept");
    expect(reached().length).toBe(1);
    expect(await ask(client, "kept")).toBe("kept");
    expect(reached().length).toBe(2);
    const { max_tokens: _, ...counted } = say("how many");
    const [one, two] = [await client.messages.countTokens(counted), await client.messages.countTokens(counted)];
    expect(two).toEqual(one);
    expect(reached().length).toBe(3);
  });
});

describe("limits of the program's own", () => {
  test("let saved-up requests go at once and refuse the rest with an honest retry-after", async () => {
    const limits = { requests_per_minute: 60, burst: "3s", max_wait: 0 };
    const { client, fetch } = program({ limits });
    const ends = await Promise.all(Array.from({ length: 5 }, (_, i) => ask(client, `n ${i}`).catch((e: unknown) => e)));
    const refused = ends.filter((end) => end instanceof Anthropic.RateLimitError);
    expect(refused.length).toBe(2);
    for (const one of refused) {
      const wait = Number((one as InstanceType<typeof Anthropic.RateLimitError>).headers?.get("retry-after"));
      expect(wait).toBeGreaterThanOrEqual(1);
      expect(wait).toBeLessThanOrEqual(3);
    }
    expect(reached().length).toBe(3);
    expect(fetch.snapshot().sinceStart).toMatchObject({ requests: 5, succeeded: 3, attempts: 3 });
  });

  test("of kind leaky space requests evenly", async () => {
    const { client } = program({ limits: { requests_per_minute: 600, kind: "leaky" } });
    await Promise.all(Array.from({ length: 5 }, (_, i) => ask(client, `n ${i}`)));
    const at = reached().map((entry) => entry.at);
    expect(at.length).toBe(5);
    // A tenth of a second each; a busy machine may send one of them late, never early.
    const first = at[0] ?? 0;
    for (const [i, one] of at.entries()) expect(one - first).toBeGreaterThan(i * 100 - 60);
  });
});

test("a stream that shows no sign of life is hedged on another region, and both are in the books", async () => {
  // A quick hedge wants a share of requests that a test reaches.
  const { client, fetch } = program({ hedge: { enabled: true, after: "1s", requests: 1, spend: 1 } });
  for (let i = 0; i < 5; i++) await ask(client, `before ${i}`);
  fault({ kind: "headers-never", filter: { region: "east" }, pattern: { once: true } });
  expect(await ask(client, "hedged")).toBe("hedged");
  expect(reached("west").length).toBe(1);
  expect(reached("east").length).toBe(6);
  // The one that was too late is called off.
  await expect.poll(() => reached("east").at(-1)?.disconnectedAt).toBeGreaterThan(0);
  expect(fetch.snapshot().sinceStart).toMatchObject({ requests: 6, succeeded: 6 });
});

test("repeats draw on a budget that the snapshot shows, and successes fill it up", async () => {
  const [east] = simulator.regions;
  const endpoints = [{ name: "east", url: east?.url ?? "", platform: "east", apiKey: "key-east" }];
  const { client, fetch } = program({ endpoints, retry: { max_delay: "50ms" } });
  const left = () => fetch.snapshot().budgets.map(({ tokens }) => Math.round(tokens * 10) / 10);
  await ask(client, "well");
  expect(left()).toEqual([10]);
  fault({ kind: "overloaded", pattern: { times: 2 } });
  expect(await ask(client, "in the end")).toBe("in the end");
  expect(left()).toEqual([8.1]);
  for (let i = 0; i < 5; i++) await ask(client, `word ${i}`);
  expect(left()).toEqual([8.6]);
  expect(reached().length).toBe(9);
});

test("the snapshot tells what is under way, what is left, and by whom it was answered", async () => {
  const { client, fetch } = program();
  for (let i = 0; i < 4; i++) await ask(client, `word ${i}`);
  const { sinceStart, upstreams, queue, loads, quotas, pools } = fetch.snapshot();
  expect(sinceStart.byUpstream).toEqual({ east: { ok: 4 } });
  expect(sinceStart.tokens.output).toBeGreaterThan(0);
  for (const { inFlight } of [...upstreams, ...loads]) expect(inFlight).toBe(0);
  expect(queue.waiting).toBe(0);
  // Learned from the answers' own headers.
  expect(quotas.map(({ dimension }) => dimension)).toEqual(expect.arrayContaining(["requests"]));
  expect(pools.length).toBeGreaterThan(0);
});
