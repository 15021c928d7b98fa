// The probes of connections, over real sockets on this machine.

import { type AddressInfo, createServer, type Server } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, expect, test } from "vitest";
import { resolved } from "../address-class.ts";
import type { Context } from "../context.ts";
import type { Connected } from "../facts/tcp.ts";
import type { Facts } from "../facts.ts";
import { tcpConnect } from "./tcp-connect.ts";
import { listenersIn, tcpControls } from "./tcp-controls.ts";
import { capOf, raceOf, tcpRace } from "./tcp-race.ts";

const servers: Server[] = [];
const overs: AbortController[] = [];
afterEach(async () => {
  for (const over of overs.splice(0)) over.abort();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(address = "127.0.0.1"): Promise<number> {
  const server = createServer((socket) => socket.end());
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return (server.address() as AddressInfo).port;
}

function stage(host: string, port: number, client = "node", tables: { readonly [path: string]: string } = {}): Context {
  const rt = systemRuntime();
  const over = new AbortController();
  overs.push(over);
  return {
    rt,
    options: { deep: false, external: false },
    machine: { platform: "linux", env: {}, readText: (path: string) => tables[path] },
    environment: { client, value: () => undefined, proxyFor: () => ({ use: "direct", why: "none-set" }) },
    target: { platform: "custom", url: new URL(`http://${host}:${port}`), host, port, tls: false, official: false },
    wire: { rt, signal: over.signal, nextConnection: () => 1, record: () => {} },
  } as unknown as Context;
}

function lookup(host: string, ...addresses: string[]): Facts {
  return {
    "dns.lookup": {
      host,
      of: "target",
      literal: false,
      ms: 1,
      addresses: addresses.map(resolved),
      by: "getaddrinfo",
      late: false,
      hostsFile: [],
      hostsPath: "/etc/hosts",
    },
  };
}

function connected(address: string, ms: number, error?: string): Connected {
  const family = address.includes(":") ? 6 : 4;
  return error === undefined
    ? { address, port: 443, family, ok: true, ms }
    : { address, port: 443, family, ok: false, ms, error };
}

test("every address is connected to, and the first that answers in time is the best", async () => {
  const port = await listen();
  const ctx = stage("localhost", port);
  const looked = await tcpConnect.run(ctx, lookup("localhost", "127.0.0.2", "127.0.0.1"));
  expect(looked.status).toBe("warn");
  expect(looked.facts).toMatchObject({
    to: "target",
    best: "127.0.0.1",
    connects: [
      { address: "127.0.0.2", ok: false, error: "ECONNREFUSED" },
      { address: "127.0.0.1", ok: true },
    ],
  });
});

test("without an address nothing is connected to", () => {
  const ctx = stage("api.corp.example", 443);
  expect(tcpConnect.skip?.(ctx, lookup("api.corp.example"))).toBeDefined();
  expect(tcpConnect.skip?.(ctx, lookup("api.corp.example", "10.0.0.1"))).toBeUndefined();
});

test("a dead port of this machine: the ports that are listened on are told, nobody outside is asked", async () => {
  const port = await listen();
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const table = `  sl  local_address rem_address   st\n   0: 0100007F:${hex} 00000000:0000 0A 0\n   1: 0100007F:1F91 00000000:0000 01 0\n`;
  const ctx = stage("127.0.0.1", 1, "node", { "/proc/net/tcp": table });
  const facts: Facts = {
    ...lookup("127.0.0.1", "127.0.0.1"),
    "tcp.connect": { to: "target", connects: [{ ...connected("127.0.0.1", 0, "ECONNREFUSED"), port: 1 }] },
  };
  expect(tcpControls.skip?.(ctx, facts)).toBeUndefined();
  const looked = await tcpControls.run(ctx, facts);
  expect(looked.facts).toEqual({ intercepted: false, others: [], real: [], listening: [port] });
});

test("localhost that is ::1 only is compared with 127.0.0.1", async () => {
  const port = await listen();
  const facts: Facts = {
    ...lookup("localhost", "::1"),
    "tcp.connect": { to: "target", connects: [{ ...connected("::1", 0, "ECONNREFUSED"), port }] },
  };
  const looked = await tcpControls.run(stage("localhost", port), facts);
  expect(looked.facts?.otherLoopback).toMatchObject({ address: "127.0.0.1", ok: true });
});

test("nothing is compared when the connection stands", () => {
  const facts: Facts = {
    ...lookup("a.example", "10.0.0.1"),
    "tcp.connect": { to: "target", connects: [connected("10.0.0.1", 3)] },
  };
  expect(tcpControls.skip?.(stage("a.example", 443), facts)).toBeDefined();
});

test("Linux's table of sockets is read", () => {
  const table = [
    "   0: 00000000:1004 00000000:0000 0A",
    "   1: 0100007F:0FA0 00000000:0000 0A",
    "   2: 0101010A:0FA1 00000000:0000 0A",
    "   3: 0100007F:0FA2 0100007F:C350 01",
    "   4: 00000000000000000000000001000000:0FA3 00000000000000000000000000000000:0000 0A",
  ].join("\n");
  expect(listenersIn(table)).toEqual([4100, 4000, 4003]);
});

test("Node's cap is read from the program's options", () => {
  expect(capOf("").capMs).toBeGreaterThanOrEqual(250);
  expect(capOf("--max-old-space-size=100 --network-family-autoselection-attempt-timeout=3000").capMs).toBe(3_000);
  expect(capOf("--no-network-family-autoselection").races).toBe(false);
  expect(capOf("").races).toBe(true);
});

test.each([
  ["a slow IPv4 and no IPv6 loses", [connected("1.1.1.1", 300), connected("::2", 0, "ENETUNREACH")], true],
  ["a quick IPv4 wins", [connected("1.1.1.1", 249), connected("::2", 0, "ENETUNREACH")], false],
  ["the only address is not cut off", [connected("1.1.1.1", 900)], false],
  ["the last address is not cut off", [connected("::2", 0, "ENETUNREACH"), connected("1.1.1.1", 900)], false],
  [
    "families take turns, so the second IPv4 address is the last",
    [connected("1.1.1.1", 300), connected("1.1.1.2", 300), connected("::2", 0, "ENETUNREACH")],
    false,
  ],
  [
    "where nothing answers the race is not to blame",
    [connected("1.1.1.1", 3_500, "TIMEOUT"), connected("::2", 0, "ENETUNREACH")],
    false,
  ],
] as const)("%s", (_, connects, wouldFail) => {
  expect(raceOf(connects, 250, true).wouldFail).toBe(wouldFail);
  expect(raceOf(connects, 250, false).wouldFail).toBe(false);
});

test("one slow connection is no verdict: it is measured again", async () => {
  const port = await listen();
  const slow = { ...connected("127.0.0.1", 1_000), port };
  const facts: Facts = { "tcp.connect": { to: "target", connects: [slow, connected("::2", 0, "ENETUNREACH")] } };
  const looked = await tcpRace.run(stage("a.example", port), facts);
  expect(looked).toMatchObject({ status: "pass", facts: { wouldFail: false } });
  expect(tcpRace.skip?.(stage("a.example", port, "claude-code"), facts)).toBeDefined();
});
