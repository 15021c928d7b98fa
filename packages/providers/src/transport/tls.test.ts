// TLS on real sockets: whom the transport trusts, which versions it speaks, and who it says it is.

import type { Socket } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Certificates, certificates } from "../../testing/certificates.ts";
import { ask, listening, ok, onRequests, pool, type WireServer, wireServer } from "../../testing/wire-server.ts";

let pki: Certificates;
let server: WireServer;
let answered = 0;
beforeAll(() => {
  pki = certificates();
});
afterEach(() => {
  answered = 0;
  return server.close();
});

/** A TLS server that answers with the protocol spoken and the client's name, if it showed one. */
function tlsServer(options: TlsOptions): Promise<WireServer> {
  const sockets: Socket[] = [];
  const made = createServer(options, (socket: TLSSocket) => {
    const subject = socket.getPeerCertificate().subject as { CN?: string } | undefined;
    onRequests(socket, () => {
      answered += 1;
      socket.write(ok(`${socket.getProtocol()} ${subject?.CN ?? "-"}`));
    });
  });
  made.on("connection", (socket: Socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  made.on("tlsClientError", () => {});
  return listening(made, sockets, "https");
}

describe("trust", () => {
  it("an authority of our own is trusted besides the usual ones, not instead of them", async () => {
    server = await tlsServer(pki.server);
    const one = pool({ url: server.url, ca: pki.ca });
    expect(await ask(one)).toEqual({ status: 200, body: "TLSv1.3 -" });
    expect(await ask(one)).toEqual({ status: 200, body: "TLSv1.3 -" });
    expect(one.stats().made).toBe(1);
    const two = pool({
      url: server.url.replace("127.0.0.1", "localhost"),
      ca: `# a comment\n${pki.client.cert}\n${pki.ca}`,
    });
    expect(await ask(two)).toEqual({ status: 200, body: "TLSv1.3 -" });
  });

  it("an authority that nobody named is not", async () => {
    server = await tlsServer(pki.server);
    const got = await ask(pool({ url: server.url }));
    expect(got).toMatchObject({ stage: "tls", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringMatching(/certificate/));
  });

  it("a certificate of another name is not", async () => {
    server = await tlsServer(pki.other);
    const got = await ask(pool({ url: server.url, ca: pki.ca }));
    expect(got).toMatchObject({ stage: "tls", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringMatching(/127\.0\.0\.1/));
    const named = await ask(pool({ url: server.url.replace("127.0.0.1", "localhost"), ca: pki.ca }));
    expect(named).toHaveProperty("reason", expect.stringMatching(/localhost/));
  });

  it("a certificate whose time is over is not", async () => {
    server = await tlsServer(pki.expired);
    const got = await ask(pool({ url: server.url, ca: pki.ca }));
    expect(got).toMatchObject({ stage: "tls", unsent: true });
    expect(got).toHaveProperty("reason", expect.stringMatching(/expired/));
  });

  it("nothing of a request is sent to whom we do not trust", async () => {
    server = await tlsServer(pki.other);
    await ask(pool({ url: server.url, ca: pki.ca }));
    expect(server.sockets).toHaveLength(1);
    expect(answered).toBe(0);
    await ask(pool({ url: server.url.replace("127.0.0.1", "localhost"), ca: pki.ca }));
    expect(answered).toBe(0);
  });

  it("a plain server behind an https address is told as a TLS problem", async () => {
    server = await wireServer((socket) => socket.once("data", () => socket.write("HTTP/1.1 400 Bad Request\r\n\r\n")));
    const got = await ask(pool({ url: server.url.replace("http", "https") }));
    expect(got).toMatchObject({ stage: "tls", unsent: true });
  });
});

describe("who we are", () => {
  const demanding = () => tlsServer({ ...pki.server, ca: pki.ca, requestCert: true, rejectUnauthorized: true });

  it("a client certificate is shown to a server that demands one", async () => {
    server = await demanding();
    expect(await ask(pool({ url: server.url, ca: pki.ca, ...pki.client }))).toEqual({
      status: 200,
      body: "TLSv1.3 client",
    });
  });

  it("without one the server closes, and that is told", async () => {
    server = await demanding();
    // In TLS 1.3 the server looks at the certificate after our side of the handshake is done.
    const got = await ask(pool({ url: server.url, ca: pki.ca }));
    expect(got).toHaveProperty("stage", expect.stringMatching(/^(?:tls|lost)$/));
  });

  it("a key that does not belong to the certificate is a mistake found at the start", () => {
    expect(() => pool({ url: "https://a", cert: pki.client.cert, key: pki.server.key })).toThrow(/key/);
  });
});

describe("versions", () => {
  const old = { ciphers: "DEFAULT@SECLEVEL=0", minVersion: "TLSv1.1", maxVersion: "TLSv1.1" } as const;
  it("a server that speaks TLS 1.1 only is refused", async () => {
    server = await tlsServer({ ...pki.server, ...old });
    expect(await ask(pool({ url: server.url, ca: pki.ca }))).toMatchObject({ stage: "tls", unsent: true });
  });

  it("TLS 1.2 is spoken when the server has nothing newer", async () => {
    server = await tlsServer({ ...pki.server, maxVersion: "TLSv1.2" });
    expect(await ask(pool({ url: server.url, ca: pki.ca }))).toEqual({ status: 200, body: "TLSv1.2 -" });
  });

  it("and refused when TLS 1.3 is demanded", async () => {
    server = await tlsServer({ ...pki.server, maxVersion: "TLSv1.2" });
    expect(await ask(pool({ url: server.url, ca: pki.ca, minTls: "TLSv1.3" }))).toMatchObject({
      stage: "tls",
      unsent: true,
    });
  });
});
