// Proxies on real sockets: tunnels for https, whole addresses for http, and every way in which a proxy says no.

import { connect, type Socket } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, certificates } from "../../testing/certificates.ts";
import { ask, listening, ok, onRequests, pool, type WireServer, wireServer } from "../../testing/wire-server.ts";

let pki: Certificates;
beforeAll(() => {
  pki = certificates();
});
const open: WireServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function opened(server: Promise<WireServer>): Promise<WireServer> {
  const one = await server;
  open.push(one);
  return one;
}

/** A TLS server that answers every request with the head it got. */
function origin(identity = pki.server): Promise<WireServer> {
  const sockets: Socket[] = [];
  const made = createServer(identity, (socket: TLSSocket) => onRequests(socket, (head) => socket.write(ok(head))));
  made.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  made.on("tlsClientError", () => {});
  return opened(listening(made, sockets, "https"));
}

/** A proxy that opens every tunnel; `heads` are what it was asked. */
function tunnels(heads: string[], answer = "HTTP/1.1 200 Connection established\r\n\r\n"): Promise<WireServer> {
  return opened(
    wireServer((socket) => {
      let seen = "";
      const read = (bytes: Buffer) => {
        seen += bytes.toString("latin1");
        if (!seen.endsWith("\r\n\r\n")) return;
        socket.off("data", read);
        heads.push(seen);
        const to = /^CONNECT (\S+):(\d+) /.exec(seen);
        const on = connect(Number(to?.[2]), to?.[1] ?? "");
        on.on("error", () => socket.destroy());
        on.on("connect", () => {
          socket.write(answer);
          socket.pipe(on).pipe(socket);
        });
      };
      socket.on("data", read);
    }),
  );
}

/** A proxy that answers CONNECT with these bytes and then ends, or waits. */
const refusing = (answer: string, end = false) =>
  opened(wireServer((socket) => socket.once("data", () => (end ? socket.end(answer) : socket.write(answer)))));

describe("https through a proxy", () => {
  it("a tunnel, the certificate checked for the address behind it, and connections kept", async () => {
    const heads: string[] = [];
    const [to, proxy] = [await origin(), await tunnels(heads)];
    const one = pool({ url: `${to.url}/prefix/`, proxyUrl: proxy.url, ca: pki.ca });
    for (let i = 0; i < 3; i++) {
      const got = await ask(one);
      expect(got).toHaveProperty(
        "body",
        expect.stringMatching(/^POST \/prefix\/v1\/messages HTTP\/1\.1\r\nHost: 127\.0\.0\.1:\d+\r\n/),
      );
      expect(got).not.toHaveProperty("body", expect.stringMatching(/proxy/i));
    }
    expect(heads).toEqual([`CONNECT 127.0.0.1:${to.port} HTTP/1.1\r\nHost: 127.0.0.1:${to.port}\r\n\r\n`]);
    expect(one.stats()).toMatchObject({ made: 1, idle: 1 });
  });

  it("by name too", async () => {
    const [to, proxy] = [await origin(), await tunnels([])];
    expect(await ask(pool({ url: `https://localhost:${to.port}`, proxyUrl: proxy.url, ca: pki.ca }))).toMatchObject({
      status: 200,
    });
  });

  it("user and password go to the proxy, and only there", async () => {
    const heads: string[] = [];
    const [to, proxy] = [await origin(), await tunnels(heads)];
    const proxyUrl = proxy.url.replace("//", "//user%40corp:p%3Aw@");
    const got = await ask(pool({ url: to.url, proxyUrl, ca: pki.ca }));
    expect(heads[0]).toContain(`Proxy-Authorization: Basic ${Buffer.from("user@corp:p:w").toString("base64")}\r\n`);
    expect(got).toMatchObject({ status: 200 });
    expect(got).not.toHaveProperty("body", expect.stringMatching(/proxy/i));
  });

  it("a large answer comes through whole", async () => {
    const sockets: Socket[] = [];
    const text = "0123456789".repeat(500_000);
    const made = createServer(pki.server, (socket) => onRequests(socket, () => socket.write(ok(text))));
    made.on("connection", (socket: Socket) => sockets.push(socket));
    const [to, proxy] = [await opened(listening(made, sockets, "https")), await tunnels([])];
    const got = await ask(pool({ url: to.url, proxyUrl: proxy.url, ca: pki.ca }));
    expect("body" in got && got.body === text).toBe(true);
  });

  it("an untrusted certificate or another name behind the tunnel is refused", async () => {
    const [good, other, proxy] = [await origin(), await origin(pki.other), await tunnels([])];
    expect(await ask(pool({ url: good.url, proxyUrl: proxy.url }))).toMatchObject({ stage: "tls", unsent: true });
    const named = await ask(pool({ url: other.url, proxyUrl: proxy.url, ca: pki.ca }));
    expect(named).toMatchObject({ stage: "tls", unsent: true });
    expect(named).toHaveProperty("reason", expect.stringMatching(/127\.0\.0\.1/));
  });

  const refusals: ReadonlyArray<readonly [name: string, answer: string, end: boolean, reason: RegExp]> = [
    [
      "407",
      'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\n\r\n',
      false,
      /407.*user and password/,
    ],
    [
      "403",
      "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno",
      false,
      /refused the tunnel: HTTP\/1\.1 403 Forbidden/,
    ],
    ["502", "HTTP/1.0 502 Bad Gateway\r\n\r\n", true, /502/],
    ["no HTTP", "220 ftp ready\r\n\r\n", false, /not HTTP/],
    ["nothing, then the end", "", true, /closed/],
    ["half a head, then the end", "HTTP/1.1 200 OK\r\n", true, /closed/],
    ["an endless head", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(40_000)}`, false, /longer than/],
  ];
  it.each(refusals)("a proxy that answers %s", async (_name, answer, end, reason) => {
    const proxy = await refusing(answer, end);
    const one = pool({ url: "https://api.example:443", proxyUrl: proxy.url, connectMs: 1_500 });
    const got = await ask(one);
    expect(got).toMatchObject({ stage: "proxy", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringMatching(reason));
    expect(one.stats()).toMatchObject({ connecting: 0, active: 0 });
  });

  it("a proxy that says nothing runs into the connect time-out", async () => {
    const proxy = await opened(wireServer(() => {}));
    const got = await ask(pool({ url: "https://api.example", proxyUrl: proxy.url, connectMs: 200 }));
    expect(got).toMatchObject({ stage: "connect-timeout", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringMatching(/proxy/));
  });

  it("a proxy that is not there is named", async () => {
    const proxy = await wireServer(() => {});
    await proxy.close();
    const got = await ask(pool({ url: "https://api.example", proxyUrl: proxy.url }));
    expect(got).toMatchObject({ stage: "connect", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringContaining(`proxy 127.0.0.1:${proxy.port}`));
  });
});

describe("http through a proxy", () => {
  it("the proxy is told the whole address, with its own authorization", async () => {
    const proxy = await opened(wireServer((socket) => onRequests(socket, (head) => socket.write(ok(head)))));
    const one = pool({ url: "http://inside.example:8080/prefix", proxyUrl: proxy.url.replace("//", "//u:p@") });
    for (let i = 0; i < 2; i++) {
      const got = await ask(one);
      expect(got).toHaveProperty(
        "body",
        expect.stringMatching(
          /^POST http:\/\/inside\.example:8080\/prefix\/v1\/messages HTTP\/1\.1\r\nHost: inside\.example:8080\r\n/,
        ),
      );
      expect(got).toHaveProperty("body", expect.stringContaining("Proxy-Authorization: Basic dTpw"));
    }
    expect(one.stats().made).toBe(1);
  });
});
