// What was done about a request, as its caller, the log and the admin address are told: real gateway, two real regions.

import { type Gateway, readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { type Simulator, startSimulator } from "@fairlead/simulator";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { ADMIN, ADMIN_KEY } from "./world.ts";

const KEY = "fl-dev-0123456789abcdef0123";
const UPSTREAM_KEY = "sk-upstream-secret-0123456789";
const PROMPT = "a word of the prompt";

let simulator: Simulator;
let gateway: Gateway;
const log: string[] = [];

beforeAll(async () => {
  simulator = await startSimulator(
    {
      regions: [
        { name: "east", port: 0 },
        { name: "west", port: 0 },
      ],
      controlPort: 0,
      pace: "instant",
    },
    systemRuntime(),
  );
});
afterAll(() => simulator.close());
// A gateway of its own for each test: what one learns of its upstreams must not move the requests of another.
beforeEach(async () => {
  await fetch(`${simulator.controlUrl}/_simulator/reset`, { method: "POST" });
  log.length = 0;
  const upstreams = simulator.regions.map(
    ({ name, url }) =>
      `  - { name: ${name}, platform: ${name}, account: ${name}, provider: anthropic, base_url: "${url}", api_key: "\${K}", proxy: none }`,
  );
  const text = `store: "memory:"\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\nstream: { ping: 1s }\nmodels: [{ match: "claude-*", upstreams: [east, west] }]\nupstreams:\n${upstreams.join("\n")}\nprojects: [{ name: web, keys: [${KEY}] }]\n`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: UPSTREAM_KEY });
  gateway = await startGateway(config, systemRuntime(), {
    adminKey: ADMIN_KEY,
    log: (lines) => log.push(...lines.trimEnd().split("\n")),
  });
});
afterEach(() => gateway.close());

function fault(body: object): Promise<Response> {
  return fetch(`${simulator.controlUrl}/_simulator/faults`, { method: "POST", body: JSON.stringify(body) });
}

async function ask(headers: Record<string, string>, stream = false) {
  const response = await fetch(`${gateway.url}/v1/messages?beta=true`, {
    method: "POST",
    headers: { "x-api-key": KEY, "content-type": "application/json", "anthropic-version": "2023-06-01", ...headers },
    body: JSON.stringify({
      model: "claude-haiku-5-5",
      max_tokens: 8,
      stream,
      messages: [{ role: "user", content: PROMPT }],
    }),
  });
  return { response, body: await response.text(), id: response.headers.get("fairlead-request-id") ?? "" };
}

interface Traced {
  readonly id: string;
  readonly trace: string;
  readonly attempts: number;
  readonly verdict: string;
  readonly cost_usd: number | null;
  readonly steps: ReadonlyArray<{ readonly what: string; readonly upstream: string; readonly why: string }>;
}

async function admin<T>(path: string): Promise<{ readonly status: number; readonly body: T }> {
  const response = await fetch(`${gateway.adminUrl}${path}`, { headers: ADMIN });
  return { status: response.status, body: (await response.json()) as T };
}

describe("the decision trace", () => {
  it.each([false, true])("is told to the caller who asks, streamed: %s", async (stream) => {
    await fault({ kind: "overloaded", pattern: { times: 1 } });
    const { response } = await ask({ "fairlead-trace": "1" }, stream);
    expect(response.status).toBe(200);
    const trace = response.headers.get("fairlead-trace") ?? "";
    const [, first, second] = /(?:^|; )sent (\w+) overloaded \d+ms; (?:.+; )?sent (\w+) ok \d+ms$/.exec(trace) ?? [
      trace,
    ];
    expect(new Set([first, second])).toEqual(new Set(["east", "west"]));
    expect(response.headers.get("fairlead-upstream")).toBe(second);
  });

  it("is told to nobody else, and the wish does not travel on", async () => {
    const { response } = await ask({});
    expect(response.headers.has("fairlead-trace")).toBe(false);
    expect((await ask({ "fairlead-trace": "0" })).response.headers.has("fairlead-trace")).toBe(false);
    const seen = await (await fetch(`${simulator.controlUrl}/_simulator/log`)).text();
    expect(seen).not.toContain("fairlead-trace");
  });

  it("is told with a failure too, the upstream's own or ours", async () => {
    await fault({ kind: "overloaded" });
    const { response, id } = await ask({ "fairlead-trace": "1" });
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(response.headers.get("fairlead-trace")).toMatch(/sent (?:east|west) overloaded \d+ms/);
    expect((await admin<Traced>(`/api/requests/${id}`)).body.verdict).not.toBe("ok");
  });

  it("tells why a conversation that one account alone accepts did not go elsewhere, also to those who did not ask", async () => {
    const turn = async (messages: readonly object[], headers = {}) => {
      const response = await fetch(`${gateway.url}/v1/messages`, {
        method: "POST",
        headers: {
          "x-api-key": KEY,
          "content-type": "application/json",
          "anthropic-version": "2023-06-01",
          ...headers,
        },
        body: JSON.stringify({ model: "claude-haiku-5-5", max_tokens: 2048, thinking: { type: "adaptive" }, messages }),
      });
      return { response, body: (await response.json()) as { content: readonly { type: string }[] } };
    };
    const question = { role: "user", content: PROMPT };
    const { response: first, body } = await turn([question]);
    expect(body.content.map(({ type }) => type)).toContain("thinking");
    const home = first.headers.get("fairlead-upstream") ?? "";
    const history = [question, { role: "assistant", content: body.content }, { role: "user", content: "go on" }];
    expect((await turn(history)).response.headers.has("fairlead-held")).toBe(false);
    await fault({ kind: "error-status", params: { status: 400 }, pattern: { times: 1 }, filter: { region: home } });
    const wrong = (await turn(history)).response;
    expect([wrong.status, wrong.headers.has("fairlead-held")]).toEqual([400, false]);
    await fault({ kind: "overloaded", filter: { region: home } });
    const { response } = await turn(history, { "fairlead-trace": "1" });
    expect([response.status, response.headers.get("fairlead-upstream")]).toEqual([529, home]);
    expect(response.headers.get("fairlead-held")).toMatch(new RegExp(`^${home}: its history holds signed thinking`));
    expect(response.headers.get("fairlead-trace")).toMatch(new RegExp(`; held ${home} its history holds [^;]+$`));
  });

  it("is told with a refusal of ours, where nothing was tried too", async () => {
    const none = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": KEY, "content-type": "application/json", "fairlead-trace": "1" },
      body: '{"model":"other","max_tokens":8,"messages":[{"role":"user","content":"x"}]}',
    });
    expect(none.status).toBe(404);
    expect(none.headers.get("fairlead-trace")).toMatch(/^(?:none|refused .+)$/);
  });

  it("is in the log line of a request that took a turn, and in no other", async () => {
    const plain = await ask({});
    await fault({ kind: "overloaded", pattern: { times: 1 } });
    const turned = await ask({});
    await new Promise((resolve) => setTimeout(resolve, 120));
    const line = (id: string) => JSON.parse(log.find((one) => one.includes(id)) ?? "{}");
    const sent = line(turned.id).steps.filter((step: string) => step.startsWith("sent "));
    expect(sent).toEqual([
      expect.stringMatching(/^sent \w+ overloaded \d+ms$/),
      expect.stringMatching(/^sent \w+ ok \d+ms$/),
    ]);
    expect(line(plain.id)).toMatchObject({ attempts: 1, verdict: "ok" });
    expect(line(plain.id)).not.toHaveProperty("steps");
  });

  it("stays with the admin address, newest first, whole by its id, with what it cost", async () => {
    const { id } = await ask({}, true);
    const { body: list } = await admin<{ kept: number; requests: Traced[] }>("/api/requests");
    expect(list.kept).toBe(200);
    expect(list.requests[0]?.id).toBe(id);
    expect(list.requests[0]?.trace).toMatch(/sent (?:east|west) ok \d+ms$/);
    const { status, body } = await admin<Traced>(`/api/requests/${id}`);
    expect(status).toBe(200);
    expect(body.steps.at(-1)).toMatchObject({ what: "sent", why: "ok", billed: "yes" });
    const { bills } = (await (await fetch(`${simulator.controlUrl}/_simulator/bills`)).json()) as {
      bills: ReadonlyArray<{ costUsd: number }>;
    };
    expect(body.cost_usd).toBeCloseTo(bills.at(-1)?.costUsd ?? -1, 9);
    const all = JSON.stringify([list, body]) + log.join("\n");
    for (const secret of [KEY, UPSTREAM_KEY, PROMPT]) expect(all).not.toContain(secret);
  });

  it.each(["req_fl_0000", "%2e%2e", "a/b", "x".repeat(500)])("answers 404 for %s", async (id) => {
    const response = await fetch(`${gateway.adminUrl}/api/requests/${id}`, { headers: ADMIN });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ type: "error", error: { type: "not_found_error" } });
  });

  it("keeps refusals of the edge, and answers reads only", async () => {
    const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", headers: { "x-api-key": "wrong" } });
    const id = response.headers.get("fairlead-request-id");
    expect((await admin<Traced>(`/api/requests/${id}`)).body).toMatchObject({ verdict: "refused-here", attempts: 0 });
    expect((await fetch(`${gateway.adminUrl}/api/requests`, { method: "POST", headers: ADMIN })).status).toBe(405);
  });

  it("comes with early heads of streams as far as it went", async () => {
    await fault({ kind: "overloaded", pattern: { times: 1 } });
    await fault({ kind: "headers-never" });
    const gone = new AbortController();
    const response = await fetch(`${gateway.url}/v1/messages`, {
      method: "POST",
      signal: gone.signal,
      headers: { "x-api-key": KEY, "content-type": "application/json", "fairlead-trace": "1" },
      body: '{"model":"claude-haiku-5-5","max_tokens":8,"stream":true,"messages":[{"role":"user","content":"x"}]}',
    });
    expect(response.headers.get("fairlead-stream")).toBe("early");
    // The attempt that is under way has no outcome yet.
    expect(response.headers.get("fairlead-trace")).toMatch(/sent \w+ overloaded \d+ms(?:; moved .*)?$/);
    gone.abort();
  }, 15_000);

  it("tells of each upstream: state, and what it did lately", async () => {
    await ask({});
    const { body } = await admin<{ upstreams: ReadonlyArray<Record<string, unknown>> }>("/api/state");
    const used = body.upstreams.find((one) => (one.window as { ok: number }).ok > 0);
    expect(used).toMatchObject({ provider: "anthropic", region: null, url: expect.stringMatching(/^http:\/\/127/) });
    expect(used?.window).toMatchObject({ mean_ms: expect.any(Number), p95_ms: expect.any(Number) });
    expect(["closed", "half-open", "open", "parked"]).toContain(used?.state);
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/fairlead_queue_wait_seconds_count\{priority="interactive"\} \d+/);
    expect(metrics).toContain('fairlead_upstream_state{upstream="east"}');
  });
});
