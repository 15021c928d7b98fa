// Tests of the transport's options through the client: reuse, age, proxies, authorities, client certificates, TLS versions.

import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { type ApiServer, apiServer, hangUp, ok } from "../testing/api-server.ts";
import { AUTHORITY, CLIENT_CERTIFICATE, CLIENT_KEY, SERVER_CERTIFICATE, SERVER_KEY } from "../testing/certificates.ts";
import { type ClientOptions, createFetch, type TransportInput } from "./index.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function api(...args: Parameters<typeof apiServer>): Promise<ApiServer> {
  const made = await apiServer(...args);
  closing.push(() => made.close());
  return made;
}

function client(options: ClientOptions) {
  const fetch = createFetch({ retry: { attempts: 1 }, ...options });
  closing.push(() => fetch.close());
  return fetch;
}

async function causeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (e) {
    const { cause } = e as { cause?: { code: string; message: string } };
    return `${cause?.code} ${cause?.message}`;
  }
  throw new Error("it did not fail");
}

describe("connections", () => {
  test("are kept and used again, one after the other, and several at once are several", async () => {
    const server = await api();
    const fetch = client({});
    for (let i = 0; i < 5; i++) await (await fetch(`${server.url}/v1/files`)).text();
    expect(new Set(server.seen.map((one) => one.socket)).size).toBe(1);
    await Promise.all([1, 2, 3].map(async () => (await fetch(`${server.url}/v1/files`)).text()));
    expect(fetch.snapshot().pools).toMatchObject([{ made: 3, requests: 8, active: 0 }]);
  });

  test("are no more than maxConnections; further requests wait their turn", async () => {
    const server = await api();
    const fetch = client({ transport: { maxConnections: 2 } });
    const answers = await Promise.all(
      Array.from({ length: 9 }, async () => (await fetch(`${server.url}/v1/files`)).text()),
    );
    expect(answers.length).toBe(9);
    expect(new Set(server.seen.map((one) => one.socket)).size).toBe(2);
  });

  test("that are too old are not used again, so that a changed address is followed", async () => {
    const server = await api();
    const fetch = client({ transport: { maxAgeMs: 40 } });
    await (await fetch(`${server.url}/v1/files`)).text();
    await new Promise((resolve) => setTimeout(resolve, 80));
    await (await fetch(`${server.url}/v1/files`)).text();
    expect(new Set(server.seen.map((one) => one.socket)).size).toBe(2);
  });

  test("that the server closed while idle are not noticed by the caller", async () => {
    const server = await api([ok, hangUp, ok]);
    const fetch = client({ retry: { attempts: 2 } });
    await (await fetch(`${server.url}/v1/files`)).text();
    expect((await fetch(`${server.url}/v1/files`)).status).toBe(200);
  });

  test("close() lets nothing keep the program alive", async () => {
    const server = await api();
    const fetch = client({});
    await (await fetch(`${server.url}/v1/files`)).text();
    await fetch.close();
    expect(fetch.snapshot().pools).toMatchObject([{ idle: 0, active: 0 }]);
  });
});

/** A proxy that tunnels, and forwards plain requests; it writes down what it was asked for. */
async function proxy(): Promise<{ url: string; asked: string[]; auth: (string | undefined)[] }> {
  const asked: string[] = [];
  const auth: (string | undefined)[] = [];
  const open = new Set<Socket>();
  const server: Server = createHttpServer((req, res) => {
    asked.push(`${req.method} ${req.url}`);
    auth.push(req.headers["proxy-authorization"]);
    res.writeHead(200, { "content-type": "application/json" }).end('{"by":"proxy"}');
  });
  server.on("connect", (req, socket: Socket) => {
    asked.push(`CONNECT ${req.url}`);
    auth.push(req.headers["proxy-authorization"]);
    // Every name is this machine here.
    const through = connect(Number((req.url ?? "").split(":")[1]), "127.0.0.1");
    for (const one of [socket, through]) {
      open.add(one);
      one.on("error", () => {});
    }
    through.on("connect", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      socket.pipe(through).pipe(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    for (const one of open) one.destroy();
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, asked, auth };
}

const BASIC = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;

describe("proxies", () => {
  test("one that is named gets plain requests whole, with its credentials", async () => {
    const through = await proxy();
    const fetch = client({ transport: { proxy: through.url } });
    const response = await fetch("http://api.example.test/v1/models");
    expect(await response.json()).toEqual({ by: "proxy" });
    expect([through.asked, through.auth]).toEqual([["GET http://api.example.test/v1/models"], [BASIC]]);
  });

  test("TLS goes through a tunnel, end to end", async () => {
    const through = await proxy();
    const server = await tls();
    const fetch = client({ transport: { proxy: through.url, ca: AUTHORITY } });
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(200);
    expect([through.asked, through.auth]).toEqual([[`CONNECT ${new URL(server.url).host}`], [BASIC]]);
    expect(server.seen[0]?.headers["proxy-authorization"]).toBeUndefined();
  });

  test("the environment's are read only when asked for, and NO_PROXY is kept to", async () => {
    const through = await proxy();
    const server = await api();
    const env = { HTTP_PROXY: through.url, NO_PROXY: "127.0.0.1,.internal" };
    const fetch = client({ transport: { proxy: "env", env } });
    await (await fetch("http://api.example.test/v1/models")).text();
    await (await fetch(`${server.url}/v1/models`)).text();
    expect([through.asked.length, server.seen.length]).toEqual([1, 1]);
    const direct = client({ transport: { env } });
    expect(await causeOf(direct("http://api.example.invalid/v1/models"))).toMatch(/ENOTFOUND|EAI_AGAIN/);
    expect(through.asked.length).toBe(1);
  });
});

function tls(options: ServerOptions = {}): Promise<ApiServer> {
  const all = { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ...options };
  return api([ok], (listener) => createTlsServer(all, listener), "https");
}

describe("TLS", () => {
  const ask = async (server: ApiServer, transport: TransportInput) =>
    (await client({ transport })(`${server.url}/v1/models`)).status;

  test("an authority of one's own is trusted when it is given, and only then", async () => {
    const server = await tls();
    expect(await ask(server, { ca: AUTHORITY })).toBe(200);
    expect(await causeOf(ask(server, {}))).toMatch(/CERT|certificate/);
  });

  test("a client certificate is shown to who wants one", async () => {
    const server = await tls({ ca: AUTHORITY, requestCert: true, rejectUnauthorized: true });
    expect(await ask(server, { ca: AUTHORITY, cert: CLIENT_CERTIFICATE, key: CLIENT_KEY })).toBe(200);
    await causeOf(ask(server, { ca: AUTHORITY }));
    expect(server.seen.length).toBe(1);
  });

  test("a name that the certificate does not hold is refused", async () => {
    const server = await tls();
    const transport = { ca: AUTHORITY, proxy: (await proxy()).url };
    const at = (name: string) => client({ transport })(`https://${name}:${new URL(server.url).port}/v1/models`);
    expect(await causeOf(at("api.example.test"))).toMatch(/altnames|ALTNAME/);
    expect(server.seen).toEqual([]);
    expect((await at("localhost")).status).toBe(200);
  });

  test("below TLS 1.2 nothing is spoken; a higher floor is kept to", async () => {
    const old = await tls({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT:@SECLEVEL=0" });
    await causeOf(ask(old, { ca: AUTHORITY }));
    expect(old.seen).toEqual([]);
    const twelve = await tls({ maxVersion: "TLSv1.2" });
    expect(await ask(twelve, { ca: AUTHORITY })).toBe(200);
    await causeOf(ask(twelve, { ca: AUTHORITY, minTls: "TLSv1.3" }));
    expect(twelve.seen.length).toBe(1);
  });
});
