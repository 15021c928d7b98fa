// One budget and one deadline for a client of ours and the gateway behind it, over real sockets.

import { createFetch } from "@fairlead/client";
import { readConfig } from "@fairlead/gateway";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, expect, it } from "vitest";
import { startGateway } from "../watched-gateway.ts";
import { answer, MESSAGE, startUpstream, type Upstream } from "./upstream.ts";
import { BODY, KEY, STREAM_BODY, startWorld, type World } from "./world.ts";

const HEADERS = { "content-type": "application/json", "x-api-key": KEY };
const ERROR = '{"type":"error","error":{"type":"api_error","message":"Internal server error"}}';
/** Nothing but the number of attempts ends the trying. */
const PATIENT = "retry: { attempts: 3, max_delay: 20ms, budget: 1000 }\nbreaker: { consecutive: 100 }\n";
const CLIENT = { retry: { attempts: 3, max_delay: 20, budget: 1_000 }, breaker: { consecutive: 100 } } as const;

let world: World | undefined;
let other: Upstream | undefined;
afterEach(async () => {
  await world?.close();
  await other?.close();
  world = undefined;
  other = undefined;
});

function lost(more: { readonly [name: string]: string } = {}): Upstream["behave"] {
  return (_, res) => {
    res.writeHead(500, { "content-type": "application/json", ...more });
    res.end(ERROR);
  };
}

const post = (headers: object = {}, body = BODY) => ({ method: "POST", headers: { ...HEADERS, ...headers }, body });

/** The hop's headers of each request that came, in the order attempt, deadline, priority. */
function hops(upstream: Upstream) {
  return upstream.received.map(({ headers }) => {
    const at = (name: string) => {
      const i = headers.findIndex((one, k) => k % 2 === 0 && one.toLowerCase() === name);
      return i < 0 ? undefined : headers[i + 1];
    };
    return [at("fairlead-attempt"), at("fairlead-deadline"), at("fairlead-priority")] as const;
  });
}

it.each([
  { known: "not yet known", warm: 0 },
  { known: "known", warm: 1 },
])("three attempts in all, when the gateway is $known to the client", async ({ warm }) => {
  world = await startWorld(PATIENT);
  const client = createFetch(CLIENT);
  const url = `${world.gateway.url}/v1/messages`;
  for (let i = 0; i < warm; i++) await (await client(url, post())).text();
  world.upstream.clear();
  world.upstream.behave = lost();
  const response = await client(url, post());
  expect(response.status).toBe(500);
  expect(await response.text()).toBe(ERROR);
  expect(world.upstream.received.length).toBe(3);
  await client.close();
});

it("counts on where a client's own attempt went down before the gateway could answer", async () => {
  world = await startWorld(PATIENT);
  world.upstream.behave = lost();
  for (const [attempt, sent] of [
    ["1", 1],
    ["2", 1],
    ["7", 1],
    ["0", 3],
    ["-3", 3],
  ] as const) {
    world.upstream.clear();
    await fetch(`${world.gateway.url}/v1/messages`, post({ "fairlead-attempt": attempt }));
    expect([attempt, world.upstream.received.length]).toEqual([attempt, sent]);
  }
});

it("leaves a gateway with several upstreams the attempts that are left, and no more", async () => {
  other = await startUpstream(lost());
  const names = ["a", "b", "c", "d"];
  const upstreams = names.map((name) => ({
    name,
    provider: "anthropic",
    base_url: other?.url,
    api_key: `\${K}`,
    proxy: "none",
  }));
  const text = `store: "memory:"\nlisten: 127.0.0.1:0\nadmin: 127.0.0.1:0\nprojects: [{ name: web, keys: [${KEY}] }]\nupstreams: ${JSON.stringify(upstreams)}\n${PATIENT}`;
  const { config } = readConfig(text, "/nowhere/fairlead.yaml", { K: "sk-upstream" });
  const gateway = await startGateway(config, systemRuntime(), { log: () => {} });
  for (const [attempt, sent] of [
    ["0", 3],
    ["1", 2],
    ["2", 1],
    ["3", 1],
  ] as const) {
    other.clear();
    await fetch(`${gateway.url}/v1/messages`, post({ "fairlead-attempt": attempt }));
    expect([attempt, other.received.length]).toEqual([attempt, sent]);
  }
  await gateway.close();
});

it("x-should-retry: false ends it for both", async () => {
  world = await startWorld(PATIENT, lost({ "x-should-retry": "false" }));
  const client = createFetch(CLIENT);
  const response = await client(`${world.gateway.url}/v1/messages`, post());
  expect(response.status).toBe(500);
  expect(world.upstream.received.length).toBe(1);
  await client.close();
});

it("counts the attempts behind a stream whose head went out before they were over", async () => {
  let calls = 0;
  const slow: Upstream["behave"] = (req, res, body) => {
    calls += 1;
    if (calls === 1) setTimeout(() => lost()(req, res, body), 1_800);
    else lost()(req, res, body);
  };
  world = await startWorld(`${PATIENT}stream: { ping: 1s }\n`, slow);
  const client = createFetch(CLIENT);
  const response = await client(`${world.gateway.url}/v1/messages`, post({}, STREAM_BODY));
  expect(response.headers.get("fairlead-stream")).toBe("early");
  const text = await response.text();
  expect(text).toContain("event: error");
  expect(text).toContain('"attempts":3');
  expect(world.upstream.received.length).toBe(3);
  await client.close();
});

it("tells a gateway its attempt and the time that is left, which shrinks, and tells the API nothing", async () => {
  let refusals = 0;
  // Stands for a gateway that made one attempt for each request, and the third time is well.
  other = await startUpstream((_, res) => {
    refusals += 1;
    const ours = { "content-type": "application/json", "fairlead-request-id": "req_fl_1", "fairlead-attempts": "1" };
    if (refusals === 1) res.writeHead(200, ours).end(MESSAGE);
    else if (refusals < 4) setTimeout(() => res.writeHead(500, { ...ours, "retry-after": "0" }).end(ERROR), 5);
    else res.writeHead(200, ours).end(MESSAGE);
  });
  world = await startWorld();
  const client = createFetch({ ...CLIENT, timeouts: { total: "30s" }, priority: "background" });
  const gateway = `${other.url}/v1/messages`;
  await (await client(gateway, post())).text();
  expect(hops(other)).toEqual([[undefined, undefined, undefined]]);
  other.clear();
  expect((await client(gateway, post())).status).toBe(200);
  const seen = hops(other);
  expect(seen.map(([attempt]) => attempt)).toEqual(["0", "1", "2"]);
  expect(seen.map(([, , priority]) => priority)).toEqual(["background", "background", "background"]);
  const left = seen.map(([, ms]) => Number(ms));
  expect(left.every((ms) => Number.isInteger(ms) && ms > 20_000 && ms <= 30_000)).toBe(true);
  expect(left[0]).toBeGreaterThanOrEqual(left[1] ?? 0);
  expect(left[1]).toBeGreaterThanOrEqual(left[2] ?? 0);
  expect(left[2]).toBeLessThan(left[0] ?? 0);
  other.clear();
  await (await client(gateway, post({ "fairlead-priority": "batch" }))).text();
  expect(hops(other)[0]?.[2]).toBe("batch");
  // What does not answer as a gateway is the API, or stands for it.
  for (const _ of [1, 2]) {
    const told = { "fairlead-priority": "batch", "fairlead-attempt": "4" };
    await (await client(`${world.upstream.url}/v1/messages`, post(told))).text();
  }
  expect(hops(world.upstream)).toEqual([
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ]);
  // An address behind which the gateway was taken away.
  other.behave = answer;
  await (await client(gateway, post())).text();
  other.clear();
  await (await client(gateway, post())).text();
  expect(hops(other)[0]).toEqual([undefined, undefined, undefined]);
  await client.close();
});

it("ends a request at the gateway when the time that the client told is over", async () => {
  world = await startWorld(PATIENT, () => {});
  const began = performance.now();
  const response = await fetch(`${world.gateway.url}/v1/messages`, post({ "fairlead-deadline": "400" }));
  const tookMs = performance.now() - began;
  expect(await response.text()).toContain("fairlead_deadline");
  expect(tookMs).toBeGreaterThan(390);
  expect(tookMs).toBeLessThan(3_000);
});
