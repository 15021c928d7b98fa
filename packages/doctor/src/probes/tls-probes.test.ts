// The probes of TLS and of packet sizes, over real sockets on this machine.

import { type AddressInfo, connect, createServer as createTcp, type Server, type Socket } from "node:net";
import { createServer as createTls, type TlsOptions } from "node:tls";
import { systemRuntime } from "@fairlead/runtime";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { fakeMachine } from "../../testing/fake-machine.ts";
import { type TestPki, testPki } from "../../testing/tls-pki.ts";
import type { ClientName, Context } from "../context.ts";
import type { Facts } from "../facts.ts";
import { fromIfconfig, fromNetsh, mtuSizes } from "./mtu-sizes.ts";
import { tlsHandshake } from "./tls-handshake.ts";
import { tlsMatrix } from "./tls-matrix.ts";

const servers: Server[] = [];
const sockets = new Set<Socket>();
const overs: AbortController[] = [];
let pki: TestPki;
beforeAll(() => {
  pki = testPki();
});
afterEach(async () => {
  for (const over of overs.splice(0)) over.abort();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A server with TLS that answers every request with 401. */
function secure(options: TlsOptions = {}, date = "Sat, 21 Nov 2026 12:00:00 GMT"): Promise<number> {
  const server = createTls({ key: pki.key, cert: pki.leaf + pki.intermediate, ...options }, (socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(`HTTP/1.1 401 Unauthorized\r\nDate: ${date}\r\nContent-Length: 0\r\n\r\n`));
  });
  server.on("tlsClientError", () => {});
  return listen(server);
}

/** A box before a server that looks at the first bytes of each connection: true = they pass. */
function box(port: number, passes: (first: Buffer) => boolean, otherwise: (socket: Socket) => void): Promise<number> {
  return listen(
    createTcp((socket) => {
      socket.once("data", (first) => {
        if (!passes(first)) return otherwise(socket);
        const onward = connect(port, "127.0.0.1");
        onward.on("error", () => socket.destroy());
        sockets.add(onward);
        onward.write(first);
        socket.pipe(onward).pipe(socket);
      });
    }),
  );
}

function stage(
  port: number,
  wish: {
    client?: ClientName;
    nodeVersion?: string;
    official?: boolean;
    deep?: boolean;
    env?: { [name: string]: string };
    files?: { [path: string]: string };
  } = {},
): { ctx: Context; facts: Facts } {
  const rt = systemRuntime();
  const over = new AbortController();
  overs.push(over);
  const { client = "claude-code", env = {}, official = false, deep = false } = wish;
  const url = new URL(`https://api.example.test:${port}`);
  const ctx = {
    rt,
    options: { deep, external: false, publicRoots: pki.root },
    machine: { ...fakeMachine({ env, files: wish.files ?? {} }), nodeVersion: wish.nodeVersion ?? "24.21.0" },
    environment: {
      client,
      systemRoots: [],
      extraRoots: [],
      variables: new Map(),
      value: (name: string) => env[name],
      proxyFor: () => ({ use: "direct", why: "none-set" }),
    },
    target: { platform: "custom", url, host: "api.example.test", port, tls: true, official },
    wire: { rt, signal: over.signal, nextConnection: () => 1, record: () => {} },
  } as unknown as Context;
  const connects = [{ address: "127.0.0.1", port, family: 4, ok: true, ms: 1 }] as const;
  return { ctx, facts: { "tcp.connect": { to: "target", connects, best: "127.0.0.1" } } };
}

describe("the handshake", () => {
  it("with a genuine server passes, and its key may be sent there", async () => {
    const { ctx, facts } = stage(await secure());
    const looked = await tlsHandshake.run(ctx, facts);
    expect(looked).toMatchObject({
      status: "pass",
      facts: { via: "direct", hello: "default", trust: { public: true, program: true, keySafe: true } },
    });
    expect(looked.facts?.handshakes).toMatchObject([
      { address: "127.0.0.1", variant: "default", ok: true, protocol: "TLSv1.3" },
    ]);
    expect(looked.facts?.chain).toHaveLength(2);
  });

  it("of a program with a small ClientHello also looks whether a large one would pass", async () => {
    const { ctx, facts } = stage(await secure(), { client: "python" });
    const looked = await tlsHandshake.run(ctx, facts);
    expect(looked.status).toBe("pass");
    expect(looked.facts?.handshakes.map(({ variant, ok }) => [variant, ok])).toEqual([
      ["classical", true],
      ["default", true],
    ]);
  });

  it("tells an unknown root, and asks an expired one for the time without a credential", async () => {
    const mine = stage(await secure({ cert: pki.inspected + pki.inspector }));
    expect(await tlsHandshake.run(mine.ctx, mine.facts)).toMatchObject({
      status: "fail",
      facts: { trust: { inspector: "Zscaler", keySafe: false, error: "SELF_SIGNED_CERT_IN_CHAIN" } },
    });
    const late = stage(await secure({ cert: pki.expired + pki.intermediate }, "Mon, 01 Jun 2020 00:00:00 GMT"));
    const looked = await tlsHandshake.run(late.ctx, late.facts);
    expect(looked.facts?.trust).toMatchObject({ expired: true, program: false });
    expect(looked.facts?.clock?.validThere).toBe(true);
    expect(looked.facts?.clock?.skewMs).toBeGreaterThan(5 * 365 * 86_400_000);
  });

  it("shows Claude Code's client certificate, and says why it cannot", async () => {
    const port = await secure({ requestCert: true, rejectUnauthorized: true, ca: pki.root, maxVersion: "TLSv1.2" });
    const env = { CLAUDE_CODE_CLIENT_CERT: "/c.pem", CLAUDE_CODE_CLIENT_KEY: "/c.key" };
    const good = stage(port, { env, files: { "/c.pem": pki.mailOnly + pki.intermediate, "/c.key": pki.key } });
    // The certificate is not for clients, but it is shown: the server says what it dislikes.
    expect((await tlsHandshake.run(good.ctx, good.facts)).facts?.clientCertificate).toEqual({ path: "/c.pem" });
    const wrong = stage(port, { env, files: { "/c.pem": pki.intermediate, "/c.key": pki.key } });
    expect((await tlsHandshake.run(wrong.ctx, wrong.facts)).facts?.clientCertificate).toMatchObject({
      problem: "key-mismatch",
    });
    const gone = stage(port, { env });
    expect((await tlsHandshake.run(gone.ctx, gone.facts)).facts?.clientCertificate).toMatchObject({
      problem: "certificate-unreadable",
    });
  });

  it("with a server in clear finds out that it speaks HTTP", async () => {
    const port = await listen(
      createTcp((socket) =>
        socket.once("data", (first) =>
          socket.end(first[0] === 0x16 ? "HTTP/1.1 400 Bad Request\r\n\r\n" : "HTTP/1.1 200 OK\r\n\r\n"),
        ),
      ),
    );
    const { ctx, facts } = stage(port);
    const looked = await tlsHandshake.run(ctx, facts);
    expect(looked.status).toBe("fail");
    expect(looked.facts?.handshakes[0]?.error).toMatch(/WRONG_VERSION_NUMBER|PACKET_LENGTH/);
    expect(looked.facts?.plain).toBe("HTTP/1.1 200 OK");
  });

  it("that is reset once is tried again, and that is told", async () => {
    const real = await secure();
    let seen = 0;
    const port = await box(
      real,
      () => ++seen > 1,
      (socket) => socket.resetAndDestroy(),
    );
    const { ctx, facts } = stage(port);
    const looked = await tlsHandshake.run(ctx, facts);
    expect(looked.status).toBe("warn");
    expect(looked.facts?.handshakes.map(({ ok }) => ok)).toEqual([false, true]);
  });

  it("is not tried where TCP does not connect or the address has no TLS", async () => {
    const { ctx, facts } = stage(1);
    expect(tlsHandshake.skip?.(ctx, { "tcp.connect": { to: "target", connects: [] } })).toBeDefined();
    expect(tlsHandshake.skip?.(ctx, facts)).toBeUndefined();
    const clear = { ...ctx, target: { ...ctx.target, tls: false } };
    expect(await tlsHandshake.run(clear, facts)).toMatchObject({ status: "skip" });
  });
});

describe("the comparison", () => {
  it("finds a box that cannot take a large ClientHello, for whichever Node runs this", async () => {
    const port = await box(
      await secure(),
      (first) => first.length < 1_000,
      (socket) => socket.resetAndDestroy(),
    );
    const { ctx, facts } = stage(port);
    const shaken = await tlsHandshake.run(ctx, facts);
    expect(shaken.status).toBe("fail");
    const known = { ...facts, "tls.handshake": shaken.facts } as Facts;
    expect(tlsMatrix.skip?.(ctx, known)).toBeUndefined();
    const looked = await tlsMatrix.run(ctx, known);
    expect(looked.facts?.table).toEqual({
      default: "reset",
      classical: "ok",
      "decoy-name": "reset",
      "classical-decoy": "ok",
      "tiny-reply": "alert",
      tls12: "ok",
    });
  });

  it("finds a box that looks for the name", async () => {
    const port = await box(
      await secure(),
      (first) => !first.includes("api.example.test"),
      (socket) => socket.resetAndDestroy(),
    );
    const { ctx, facts } = stage(port);
    const shaken = await tlsHandshake.run(ctx, facts);
    const looked = await tlsMatrix.run(ctx, { ...facts, "tls.handshake": shaken.facts } as Facts);
    expect(looked.facts?.table).toMatchObject({
      default: "reset",
      classical: "reset",
      "decoy-name": "ok",
      "classical-decoy": "ok",
    });
  });

  it("is not made when the handshake stands or its certificate is what is wrong", async () => {
    const { ctx, facts } = stage(await secure({ cert: pki.inspected + pki.inspector }));
    const shaken = await tlsHandshake.run(ctx, facts);
    expect(tlsMatrix.skip?.(ctx, { ...facts, "tls.handshake": shaken.facts } as Facts)).toBeDefined();
  });
});

describe("sizes", () => {
  it("are all answered by a whole line", async () => {
    const { ctx, facts } = stage(await secure(), { deep: true });
    const looked = await mtuSizes.run(ctx, facts);
    expect(looked.status).toBe("pass");
    expect(looked.facts?.uploads.map(({ bytes, answered }) => [bytes, answered])).toEqual([
      [200, true],
      [1100, true],
      [20000, true],
    ]);
  });

  it("are told where a large upload is never answered", async () => {
    const server = createTls({ key: pki.key, cert: pki.leaf + pki.intermediate }, (socket) => {
      socket.on("error", () => {});
      socket.once("data", (first: Buffer) => {
        if (first.length < 1_500) socket.end("HTTP/1.1 401 Unauthorized\r\n\r\n");
      });
    });
    const { ctx, facts } = stage(await listen(server));
    const looked = await mtuSizes.run(ctx, facts);
    expect(looked.status).toBe("fail");
    expect(looked.facts?.uploads.map(({ answered }) => answered)).toEqual([true, true, false]);
  });

  it("are only looked at when a handshake hung, or all is", () => {
    const { ctx, facts } = stage(1);
    const shaken = { via: "direct", hello: "default", chain: [] } as const;
    const one = { address: "127.0.0.1", family: 4, servername: "", variant: "default", ms: 1, bytesIn: 0 } as const;
    const fine: Facts = { ...facts, "tls.handshake": { ...shaken, handshakes: [{ ...one, ok: true }] } };
    const hung: Facts = {
      ...facts,
      "tls.handshake": { ...shaken, handshakes: [{ ...one, ok: false, error: "TIMEOUT", at: "tls" }] },
    };
    expect(mtuSizes.skip?.(ctx, fine)).toBeDefined();
    expect(mtuSizes.skip?.(ctx, hung)).toBeUndefined();
    expect(mtuSizes.skip?.({ ...ctx, options: { ...ctx.options, deep: true } }, fine)).toBeUndefined();
    const taken: Facts = {
      ...hung,
      "tcp.controls": { intercepted: true, others: [] } as unknown as NonNullable<Facts["tcp.controls"]>,
    };
    expect(mtuSizes.skip?.(ctx, taken)).toBeDefined();
  });

  it("of interfaces are read from what macOS and Windows print", () => {
    const mac =
      "lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384\n\tinet 127.0.0.1\nen0: flags=8863<UP,BROADCAST,SMART,RUNNING> mtu 1500\nutun3: flags=8051<UP,POINTOPOINT,RUNNING,MULTICAST> mtu 1280\nen4: flags=8822<BROADCAST,SMART> mtu 1500\n";
    expect(fromIfconfig(mac)).toEqual([
      { name: "en0", mtu: 1500 },
      { name: "utun3", mtu: 1280 },
    ]);
    const windows =
      "   MTU  MediaSenseState      Bytes In     Bytes Out  Interface\n------  ---------------  ------------  ------------  -------------\n4294967295                1             0         32896  Loopback Pseudo-Interface 1\n  1500                1    1186239214     125894823  Wi-Fi\n  1400                1       4334         9938  Corp VPN\n";
    expect(fromNetsh(windows)).toEqual([
      { name: "Wi-Fi", mtu: 1500 },
      { name: "Corp VPN", mtu: 1400 },
    ]);
  });
});
