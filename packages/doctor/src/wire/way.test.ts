// Ways through a proxy: a tunnel, or the request put to the proxy itself, and when a password stays at home.

import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, expect, it } from "vitest";
import type { ClientName, Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import { Secret } from "../secret.ts";
import { isBroken } from "./tcp.ts";
import { openWay, trusted } from "./way.ts";

const servers: Server[] = [];
const over: AbortController[] = [];

afterEach(() => {
  for (const one of over.splice(0)) one.abort();
  for (const server of servers.splice(0)) server.close();
});

function stage(client: ClientName): Context {
  const controller = new AbortController();
  over.push(controller);
  const rt = systemRuntime();
  return {
    rt,
    environment: { client },
    wire: { rt, signal: controller.signal, nextConnection: () => 1, record: () => {} },
  } as unknown as Context;
}

/** A proxy that keeps the first line that it is sent. */
async function proxy(answer: string): Promise<{ port: number; lines: string[] }> {
  const lines: string[] = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (bytes) => {
      lines.push(bytes.toString("latin1").split("\r\n")[0] ?? "");
      socket.end(answer);
    });
  });
  servers.push(server);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: (server.address() as AddressInfo).port, lines };
}

function choice(port: number, more: Partial<ProxyChoice> = {}): ProxyChoice {
  const from = { name: "HTTP_PROXY", value: "x", source: { kind: "shell" } } as const;
  return { from, scheme: "http", host: "127.0.0.1", port, ...more };
}

it("puts a request for plain http to the proxy, except as Node, which asks for a tunnel", async () => {
  const { port, lines } = await proxy("HTTP/1.1 200 OK\r\n\r\n");
  const authorization = new Secret("Basic YTpi");
  const way = {
    host: "gate.test",
    port: 4100,
    tls: false,
    addresses: ["127.0.0.1"],
    proxy: choice(port, { authorization }),
  };
  const forwarded = await openWay(stage("claude-code"), way);
  if (isBroken(forwarded)) throw new Error(forwarded.error);
  expect(forwarded.forward).toEqual({ prefix: "http://gate.test:4100", authorization });
  expect(forwarded.via).toBe("proxy");
  forwarded.socket.destroy();
  const tunnelled = await openWay(stage("node"), way);
  if (isBroken(tunnelled)) throw new Error(tunnelled.error);
  expect(tunnelled.forward).toBeUndefined();
  tunnelled.socket.destroy();
  expect(lines).toEqual(["CONNECT gate.test:4100 HTTP/1.1"]);
});

it("says where it broke", async () => {
  const { port } = await proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
  const way = { host: "gate.test", port: 443, tls: true, addresses: ["127.0.0.1"] };
  const refused = await openWay(stage("curl"), { ...way, proxy: choice(port) });
  expect(refused).toMatchObject({ at: "proxy", error: "CONNECT_403" });
  expect(await openWay(stage("curl"), { ...way, addresses: [] })).toMatchObject({ at: "dns" });
  expect(await openWay(stage("curl"), { ...way, proxy: choice(1) })).toMatchObject({
    at: "tcp",
    error: "ECONNREFUSED",
  });
});

it("withholds the password from a proxy whose certificate was not found good", () => {
  const own = choice(1, { scheme: "https", authorization: new Secret("Basic YTpi") });
  expect(trusted(own, {}).authorization).toBeUndefined();
  expect(trusted(own, { "proxy.tls": { ok: false } }).authorization).toBeUndefined();
  expect(trusted(own, { "proxy.tls": { ok: true } }).authorization).toBe(own.authorization);
  const plain = { ...own, scheme: "http" } as const;
  expect(trusted(plain, {}).authorization).toBe(own.authorization);
});
