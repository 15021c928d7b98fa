// Tests that a key stays here: other hosts, bad certificates, redirects, clear text.

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, test } from "vitest";
import type { Context } from "../context.ts";
import type { Environment, ProxyDecision } from "../environment/environment.ts";
import { findTarget } from "../environment/find-target.ts";
import type { Trust } from "../facts/tls.ts";
import type { Facts } from "../facts.ts";
import { Secret } from "../secret.ts";
import { callTarget } from "./call.ts";
import { carriesKey, isLoopback, maySend } from "./key-guard.ts";

const KEY = "sk-ant-api03-a-key-that-must-not-leave-0123456789";
const SHELL = { kind: "shell" } as const;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

function contextOf(
  env: { [name: string]: string },
  target?: string,
  decision: ProxyDecision = { use: "direct", why: "none-set" },
): Context {
  const variables = new Map(
    Object.entries(env).map(([name, value]) => {
      const effective = { name, value, source: SHELL };
      return [name, { name, effective, all: [effective] }] as const;
    }),
  );
  const credential = {
    setting: { name: "ANTHROPIC_API_KEY", value: new Secret(KEY), source: SHELL },
    header: "x-api-key",
    secret: new Secret(KEY),
    kind: "api-key",
  } as const;
  const environment = {
    client: "node",
    variables,
    credentials: [credential],
    extraRoots: [],
    systemRoots: [],
    value: (name: string) => env[name],
    proxyFor: () => decision,
    proxyAs: () => decision,
  } as unknown as Environment;
  const options = {
    deep: false,
    external: false,
    spend: false,
    soakSeconds: 0,
    language: "en",
    ...(target === undefined ? {} : { target }),
  } as const;
  const rt = systemRuntime();
  const wire = { rt, signal: new AbortController().signal, nextConnection: () => 1, record: () => {} };
  const machine = {
    env: {},
    platform: "linux",
    home: "/nowhere",
    cwd: "/nowhere",
    nodeVersion: "24.0.0",
    readText: () => undefined,
  } as unknown as Context["machine"];
  return { rt, options, machine, environment, target: findTarget(environment, options), wire };
}

function judged(keySafe: boolean): Facts {
  const trust = { keySafe } as Trust;
  return {
    "tls.handshake": { via: "direct", hello: "default", handshakes: [], chain: [], trust } as unknown as NonNullable<
      Facts["tls.handshake"]
    >,
  };
}

describe("maySend", () => {
  test("a genuine certificate of the host that is set up lets it go", () => {
    expect(maySend(contextOf({}), judged(true)).ok).toBe(true);
    expect(maySend(contextOf({ ANTHROPIC_BASE_URL: "https://gw.corp.example/api" }), judged(true)).ok).toBe(true);
  });

  test("a certificate that is not to be trusted keeps it here", () => {
    expect(maySend(contextOf({}), judged(false))).toMatchObject({ ok: false, problem: "untrusted" });
  });

  test("a certificate that nobody has judged keeps it here", () => {
    expect(maySend(contextOf({}), {})).toMatchObject({ ok: false, problem: "not-judged" });
  });

  test("another host than the one that is set up never gets it", () => {
    const wishes: readonly (readonly [{ [name: string]: string }, string])[] = [
      [{}, "https://relay.example"],
      [{ ANTHROPIC_BASE_URL: "https://gw.corp.example" }, "anthropic"],
      [{ ANTHROPIC_BASE_URL: "https://gw.corp.example" }, "https://gw.corp.example:8443"],
      [{ ANTHROPIC_BASE_URL: "https://gw.corp.example" }, "http://gw.corp.example"],
    ];
    for (const [env, target] of wishes)
      expect(maySend(contextOf(env, target), judged(true)), target).toMatchObject({ ok: false, problem: "other-host" });
  });

  test("clear text goes to this machine only, and not through a proxy", () => {
    const here = { ANTHROPIC_BASE_URL: "http://127.0.0.1:4100" };
    expect(maySend(contextOf(here), {}).ok).toBe(true);
    expect(maySend(contextOf({ ANTHROPIC_BASE_URL: "http://gw.corp.example:4000" }), {})).toMatchObject({
      problem: "plain-http",
    });
    expect(maySend(contextOf({ ANTHROPIC_BASE_URL: "http://10.0.0.5:4000" }), {})).toMatchObject({
      problem: "plain-http",
    });
    const proxy = {
      from: { name: "http_proxy", value: "x", source: SHELL },
      scheme: "http",
      host: "10.0.0.9",
      port: 3128,
    } as const;
    expect(maySend(contextOf(here, undefined, { use: "proxy", proxy }), {})).toMatchObject({ problem: "plain-http" });
    const elsewhere: Facts = {
      "tcp.connect": { to: "target", connects: [], best: "203.0.113.7" } as unknown as NonNullable<
        Facts["tcp.connect"]
      >,
    };
    expect(maySend(contextOf({ ANTHROPIC_BASE_URL: "http://localhost:4100" }), elsewhere)).toMatchObject({
      problem: "plain-http",
    });
  });

  test("loopback is loopback only", () => {
    expect(["127.0.0.1", "127.9.9.9", "::1", "localhost", "a.localhost"].every(isLoopback)).toBe(true);
    expect(["10.0.0.1", "::2", "localhost.example", "128.0.0.1", "127.0.0.1.example"].some(isLoopback)).toBe(false);
  });
});

test("a connection with another certificate than the judged one does not carry it", () => {
  const ctx = contextOf({});
  const opened = {
    via: "direct",
    address: "203.0.113.7",
    tls: { chain: [Buffer.from("no certificate")] },
  } as unknown as Parameters<typeof carriesKey>[2];
  const facts = judged(true);
  expect(carriesKey(ctx, facts, opened)).toBe(false);
});

describe("over real sockets", () => {
  async function serve(
    status: number,
    headers: { [name: string]: string } = {},
  ): Promise<{ port: number; seen: string[] }> {
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.rawHeaders.join("\n"));
      response.writeHead(status, headers).end("{}");
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { port: (server.address() as AddressInfo).port, seen };
  }
  const connected = (port: number): Facts => ({
    "tcp.connect": {
      to: "target",
      connects: [{ address: "127.0.0.1", port, family: 4, ok: true, ms: 1 }],
      best: "127.0.0.1",
    } as unknown as NonNullable<Facts["tcp.connect"]>,
  });
  const call = {
    method: "GET",
    path: "/v1/models",
    headers: [["x-api-key", new Secret(KEY)] as const],
    timeoutMs: 1_000,
  };

  test("the key goes to the gateway on this machine", async () => {
    const { port, seen } = await serve(200);
    const ctx = contextOf({ ANTHROPIC_BASE_URL: `http://127.0.0.1:${port}` });
    expect((await callTarget(ctx, connected(port), call)).exchange.status).toBe(200);
    expect(seen.join()).toContain(KEY);
  });

  test("a redirect is not followed, so the key stays with the first host", async () => {
    const other = await serve(200);
    const first = await serve(307, { location: `http://127.0.0.1:${other.port}/v1/models` });
    const ctx = contextOf({ ANTHROPIC_BASE_URL: `http://127.0.0.1:${first.port}` });
    expect((await callTarget(ctx, connected(first.port), call)).exchange.status).toBe(307);
    expect(other.seen).toEqual([]);
  });

  test("asked to look at another host, the doctor does not show it the key", async () => {
    const other = await serve(200);
    const ctx = contextOf({}, `http://127.0.0.1:${other.port}`);
    expect((await callTarget(ctx, connected(other.port), call)).exchange.error).toBe("KEY_WITHHELD");
    expect(other.seen).toEqual([]);
  });
});
