// Tunnels through proxies that behave in every way known: each must be told from every other.

import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, describe, expect, it } from "vitest";
import type { ProxyChoice } from "../environment/environment.ts";
import { Secret } from "../secret.ts";
import { connectTcp, isBroken } from "./tcp.ts";
import { openTunnel, type Tunnel, type TunnelBroken, type TunnelWish } from "./tunnel.ts";
import type { Wire, WireEvent } from "./wire.ts";

const open: Server[] = [];
const sockets = new Set<Socket>();
const BASIC = `Basic ${Buffer.from("alice:s3cret").toString("base64")}`;

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of open.splice(0)) server.close();
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A proxy that answers the first bytes by hand. */
function raw(answer: (socket: Socket, asked: Buffer) => void): Promise<number> {
  return listen(createServer((socket) => void socket.once("data", (asked) => answer(socket, asked))));
}

const events: WireEvent[] = [];

async function ask(
  port: number,
  proxy: Partial<ProxyChoice> = {},
  wish: TunnelWish = {},
  host = "api.test",
): Promise<Tunnel | TunnelBroken> {
  const wire: Wire = {
    rt: systemRuntime(),
    signal: new AbortController().signal,
    nextConnection: () => 1,
    record: (event) => void events.push(event),
  };
  const line = await connectTcp(wire, "127.0.0.1", port);
  if (isBroken(line)) throw new Error(line.error);
  const from = { name: "HTTPS_PROXY", value: "x", source: { kind: "shell" } } as const;
  return openTunnel(wire, line, { from, scheme: "http", host: "127.0.0.1", port, ...proxy }, host, 443, wish);
}

async function broken(port: number, proxy: Partial<ProxyChoice> = {}, wish: TunnelWish = {}): Promise<TunnelBroken> {
  const result = await ask(port, proxy, wish);
  if (!isBroken(result)) throw new Error("the tunnel stands");
  return result;
}

async function standing(
  port: number,
  proxy: Partial<ProxyChoice> = {},
  wish: TunnelWish = {},
  host?: string,
): Promise<Tunnel> {
  const result = await ask(port, proxy, wish, host);
  if (isBroken(result)) throw new Error(result.error);
  return result;
}

describe("CONNECT", () => {
  it("stands at 200, with the credentials that were asked for", async () => {
    const heads: string[] = [];
    const port = await raw((socket, asked) => {
      heads.push(asked.toString());
      socket.write("HTTP/1.1 200 Connection established\r\nVia: 1.1 squid\r\n\r\n");
      socket.on("data", (bytes) => socket.write(bytes));
    });
    const tunnel = await standing(port, { authorization: new Secret(BASIC) });
    expect(tunnel.answer.headers).toEqual([["Via", "1.1 squid"]]);
    tunnel.socket.write("ping");
    expect(String((await once(tunnel.socket, "data"))[0])).toBe("ping");
    expect(heads[0]).toContain(
      `CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\nProxy-Authorization: ${BASIC}\r\n`,
    );
    await standing(port, { authorization: new Secret(BASIC) }, { authorization: false });
    expect(heads[1]).not.toContain("Proxy-Authorization");
    expect(JSON.stringify(events)).not.toContain(BASIC.slice(6));
  });

  it("loses none of the bytes that follow the head", async () => {
    const port = await raw((socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n{"early":'));
    const tunnel = await standing(port);
    expect(String((await once(tunnel.socket, "data"))[0])).toBe('{"early":');
  });

  it("reads a head that comes in pieces", async () => {
    const port = await raw((socket) => {
      const pieces = ["H", "TTP/1.", "1 200 ", "OK\r\nX: y\r", "\n\r\n"];
      const next = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    });
    expect((await standing(port)).answer.headers).toEqual([["X", "y"]]);
  });

  it.each<[string, string, string, readonly string[]]>([
    [
      "no credentials",
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="a, b"\r\n\r\n',
      "CONNECT_407",
      ["Basic"],
    ],
    [
      "several schemes",
      'HTTP/1.1 407 x\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\nproxy-authenticate: Digest realm="r", nonce="n", Basic realm="r"\r\n\r\n',
      "CONNECT_407",
      ["Negotiate", "NTLM", "Digest", "Basic"],
    ],
    [
      "tinyproxy's 401",
      'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="t"\r\n\r\n',
      "CONNECT_401",
      ["Basic"],
    ],
    [
      "squid's 403",
      "HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\nVia: 1.1 s\r\n\r\n<html>Access Denied</html>",
      "CONNECT_403",
      [],
    ],
    ["502", "HTTP/1.1 502 Bad Gateway\r\n\r\n", "CONNECT_502", []],
    ["a redirect", "HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n", "CONNECT_302", []],
    [
      "a web server's TLS port",
      "HTTP/1.1 400 Bad Request\r\n\r\n<h1>The plain HTTP request was sent to HTTPS port</h1>",
      "TLS-WANTED",
      [],
    ],
  ])("tells %s", async (_name, answer, error, schemes) => {
    const port = await raw((socket) => socket.end(answer));
    const result = await broken(port);
    expect(result).toMatchObject({ error, phase: "connect", answer: { schemes } });
  });

  it("keeps the beginning of the page that came with a refusal", async () => {
    const port = await raw((socket) =>
      socket.end(
        "HTTP/1.1 403 Forbidden\r\n\r\n<html><style>a{}</style><h1>Blocked</h1>\n<p>Category: AI tools</p></html>",
      ),
    );
    expect((await broken(port)).answer?.page).toBe("Blocked Category: AI tools");
  });

  it.each<[string, readonly number[], string]>([
    ["a SOCKS port", [5, 255], "SOCKS"],
    ["a SOCKS4 port", [0, 0x5b, 0, 0, 0, 0, 0, 0], "SOCKS"],
    ["a TLS alert", [0x15, 3, 1, 0, 2, 2, 10], "TLS-WANTED"],
    ["SSH", [...Buffer.from("SSH-2.0-OpenSSH\r\n")], "NOT-HTTP"],
  ])("tells %s", async (_name, bytes, error) => {
    const port = await raw((socket) => socket.end(Buffer.from(bytes)));
    expect((await broken(port)).error).toBe(error);
  });

  it("tells a close, a reset, silence, and a head without end", async () => {
    expect((await broken(await raw((socket) => socket.end()))).error).toBe("CLOSED");
    expect((await broken(await raw((socket) => socket.resetAndDestroy()))).error).toBe("ECONNRESET");
    expect((await broken(await raw(() => {}), {}, { timeoutMs: 80 })).error).toBe("TIMEOUT");
    const endless = await raw((socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}`));
    expect((await broken(endless)).error).toBe("TOO-LONG");
  });

  it("works with Node's own proxy server", async () => {
    const server = createHttpServer();
    server.on("connect", (_request, socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.end("HTTP/1.1 200 OK\r\n\r\nhello");
    });
    const tunnel = await standing(await listen(server));
    expect(String((await once(tunnel.socket, "data"))[0])).toBe("hello");
  });

  it("says that a plain port is no TLS port", async () => {
    const port = await listen(createHttpServer());
    const result = await broken(port, { scheme: "https" }, { timeoutMs: 2_000 });
    expect(result.phase).toBe("proxy-tls");
    expect(result.error).toMatch(/WRONG_VERSION|EPROTO|PACKET_LENGTH/);
  });
});

/** A SOCKS5 server as RFC 1928 and 1929 describe it; its answers can be bent. */
function socks(
  want: { readonly method: number; readonly pair?: string; readonly reply?: number },
  asked: Buffer[] = [],
): Promise<number> {
  return listen(
    createServer((socket) => {
      let step = 0;
      socket.on("data", (bytes) => {
        asked.push(bytes);
        step += 1;
        if (step === 1) return void socket.write(Buffer.from([5, want.method]));
        if (step === 2 && want.method === 2) {
          const name = bytes.subarray(2, 2 + (bytes[1] ?? 0)).toString();
          const password = bytes.subarray(3 + name.length).toString();
          return void socket.write(Buffer.from([1, `${name}:${password}` === want.pair ? 0 : 1]));
        }
        socket.write(Buffer.from([5, want.reply ?? 0, 0, 1, 0, 0, 0, 0, 0, 0, ...Buffer.from("hi")]));
      });
    }),
  );
}

describe("SOCKS", () => {
  it("stands, and the proxy gets the name", async () => {
    const asked: Buffer[] = [];
    const tunnel = await standing(await socks({ method: 0 }, asked), { scheme: "socks5h" });
    expect(asked[1]?.toString("latin1")).toBe("\x05\x01\x00\x03\x08api.test\x01\xbb");
    expect(String((await once(tunnel.socket, "data"))[0])).toBe("hi");
  });

  it("writes addresses as addresses", async () => {
    const asked: Buffer[] = [];
    await standing(await socks({ method: 0 }, asked), { scheme: "socks5" }, {}, "2607:6bc0::10");
    expect(asked[1]?.toString("hex")).toBe("05010004" + "26076bc0000000000000000000000010" + "01bb");
  });

  it("logs in, and tells a wrong password from a refusal", async () => {
    const authorization = new Secret(BASIC);
    await standing(await socks({ method: 2, pair: "alice:s3cret" }), { scheme: "socks5", authorization });
    expect(
      (await broken(await socks({ method: 2, pair: "alice:other" }), { scheme: "socks5", authorization })).error,
    ).toBe("SOCKS_AUTH");
    expect((await broken(await socks({ method: 255 }), { scheme: "socks5" })).error).toBe("SOCKS_AUTH");
    expect((await broken(await socks({ method: 0, reply: 2 }), { scheme: "socks5" })).error).toBe("SOCKS_2");
    expect((await broken(await socks({ method: 0, reply: 5 }), { scheme: "socks5" })).message).toBe(
      "connection refused",
    );
  });

  it("tells an HTTP proxy from a SOCKS one", async () => {
    const port = await raw((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    expect((await broken(port, { scheme: "socks5" })).error).toBe("NOT-SOCKS");
  });

  it("speaks version 4a", async () => {
    const asked: Buffer[] = [];
    const port = await raw((socket, bytes) => {
      asked.push(bytes);
      socket.write(Buffer.from([0, 0x5a, 0, 0, 0, 0, 0, 0]));
    });
    await standing(port, { scheme: "socks4" });
    expect(asked[0]?.toString("latin1")).toBe("\x04\x01\x01\xbb\x00\x00\x00\x01\x00api.test\x00");
  });
});
