// One try to get through a proxy, from its TCP connection to the handshake inside the tunnel, as facts.

import { isIP, type Socket } from "node:net";
import type { Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import type { ProxyTunnelFacts, TunnelAttempt } from "../facts/proxy.ts";
import type { Handshake } from "../facts/tls.ts";
import { helloOf, wishOf } from "./client-hello.ts";
import { exchange } from "./http.ts";
import type { ProxyAnswer } from "./proxy-answer.ts";
import { readerOf } from "./reader.ts";
import { connectTcp, isBroken, type Line } from "./tcp.ts";
import { handshake } from "./tls.ts";
import { openTunnel } from "./tunnel.ts";

/** Where to, and how. */
export interface AttemptWish {
  /** Address of the proxy. */
  readonly address: string;
  readonly proxy: ProxyChoice;
  readonly host: string;
  readonly port: number;
  /** Shakes hands inside the tunnel. Default true. */
  readonly inner?: boolean;
  /** Called when the tunnel stands, before the handshake in it. */
  readonly onTunnel?: () => void;
  /** Kind of ClientHello inside the tunnel. Default the program's own. */
  readonly hello?: Handshake["variant"];
  readonly credentials?: boolean;
  /** Time for the tunnel, and for the handshake in it, each, milliseconds. */
  readonly timeoutMs: number;
}

/** Answers to a ClientHello that are no TLS: something answered 200 and is no tunnel. */
const NO_TLS =
  /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE|^EPROTO$|BAD_RECORD_TYPE|UNKNOWN_PROTOCOL/;
/** Headers of a proxy's answer that say who it is. */
const TELLING =
  /^(?:server|via|proxy-agent|x-squid-error|x-cache|x-deny-reason|location|retry-after|proxy-status|x-bluecoat-via|content-type)$/i;
const SPEAK_MS = 1_200;

/** Tries to open a tunnel. Everything is closed again. */
export async function attemptTunnel(ctx: Context, wish: AttemptWish): Promise<TunnelAttempt> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const { proxy, host, port } = wish;
  const sentCredentials = proxy.authorization !== undefined && wish.credentials !== false;
  const base = { to: placeOf(host, port), sentCredentials, schemes: [], headers: [] };
  const since = () => Math.round(clock.now() - began);
  const line = await connectTcp(ctx.wire, wish.address, proxy.port, wish.timeoutMs);
  if (isBroken(line)) return { ...base, ok: false, ms: since(), phase: "tcp", error: line.error };
  const tunnel = await openTunnel(ctx.wire, line, proxy, host, port, {
    authorization: sentCredentials,
    timeoutMs: wish.timeoutMs,
  });
  if (isBroken(tunnel)) {
    const { phase, error, answer } = tunnel;
    return { ...base, ...answerFacts(answer), ok: false, ms: since(), phase, error };
  }
  wish.onTunnel?.();
  const stands = { ...base, ...answerFacts(tunnel.answer), ok: true, phase: "done" as const };
  if (wish.inner === false) {
    close(line, tunnel.socket);
    return { ...stands, ms: since() };
  }
  const servername = isIP(host) ? "" : host;
  const hello = wishOf(wish.hello ?? helloOf(ctx));
  const { timeoutMs } = wish;
  const inner = await handshake(ctx.wire, line.connection, tunnel.socket, { ...hello, servername, timeoutMs });
  if (!isBroken(inner)) {
    // Only this one: closing what carries it first is a segmentation fault inside Node.
    inner.socket.destroy();
    return { ...stands, ms: since() };
  }
  close(line, tunnel.socket);
  if (NO_TLS.test(inner.error)) return { ...stands, ok: false, ms: since(), error: "FAKE-TUNNEL", inner: inner.error };
  return { ...stands, ms: since(), inner: inner.error };
}

/** Puts a request for a plain http address to the proxy, as programs do there, without any credential but the proxy's. */
export async function attemptForward(ctx: Context, wish: AttemptWish): Promise<TunnelAttempt> {
  const { clock } = ctx.rt;
  const began = clock.now();
  const { proxy } = wish;
  const sentCredentials = proxy.authorization !== undefined && wish.credentials !== false && proxy.scheme === "http";
  const place = placeOf(wish.host, wish.port);
  const base = { to: place, sentCredentials, schemes: [], headers: [] };
  const since = () => Math.round(clock.now() - began);
  const line = await connectTcp(ctx.wire, wish.address, proxy.port, wish.timeoutMs);
  if (isBroken(line)) return { ...base, ok: false, ms: since(), phase: "tcp", error: line.error };
  let socket: Socket = line.socket;
  if (proxy.scheme === "https") {
    const tls = await handshake(ctx.wire, line.connection, socket, {
      servername: isIP(proxy.host) ? "" : proxy.host,
      timeoutMs: wish.timeoutMs,
    });
    if (isBroken(tls)) return { ...base, ok: false, ms: since(), phase: "proxy-tls", error: tls.error };
    socket = tls.socket;
  }
  const auth: (readonly [string, string])[] =
    sentCredentials && proxy.authorization !== undefined ? [["proxy-authorization", proxy.authorization.reveal()]] : [];
  const headers = [["host", place], ["user-agent", "fairlead-doctor"], ...auth, ["connection", "close"]] as const;
  const path = `http://${place}/`;
  const answer = await exchange(ctx.wire, line.connection, socket, {
    method: "GET",
    path,
    headers,
    timeoutMs: wish.timeoutMs,
    keepBytes: 4_096,
  });
  close(line, socket);
  if (isBroken(answer)) return { ...base, ok: false, ms: since(), phase: "connect", error: answer.error };
  const schemes = answer.headers.flatMap(([name, value]) =>
    /^proxy-authenticate$/i.test(name) ? [value.split(/[\s,]/)[0] ?? ""] : [],
  );
  const told = {
    ...base,
    ms: since(),
    status: answer.status,
    schemes,
    headers: answer.headers.filter(([name]) => TELLING.test(name)),
  };
  // The target itself answers this with 200, 401, 403, 404 or 405; a proxy that cannot or will not pass it on with these.
  const refused =
    answer.status === 407 ||
    answer.status >= 500 ||
    (answer.status === 403 && isProxys(answer.headers, answer.body.toString("utf8")));
  return refused
    ? { ...told, ok: false, phase: "connect", error: `FORWARD_${answer.status}` }
    : { ...told, ok: true, phase: "done" };
}

/** What the port speaks when it does not speak what is set: asked with one greeting of each kind. */
export async function whatSpeaks(
  ctx: Context,
  address: string,
  proxy: ProxyChoice,
): Promise<ProxyTunnelFacts["speaks"]> {
  const asks = [
    ...(proxy.scheme === "https"
      ? []
      : [speaksTls(ctx, address, proxy).then((yes) => (yes ? ("tls" as const) : undefined))]),
    ...(proxy.scheme === "socks5" || proxy.scheme === "socks5h"
      ? []
      : [
          greets(ctx, address, proxy.port, Buffer.from([5, 1, 0]), ([version]) => version === 5).then((yes) =>
            yes ? ("socks5" as const) : undefined,
          ),
        ]),
    ...(proxy.scheme === "http"
      ? [answersPlainly(ctx, address, proxy.port)]
      : [
          greets(
            ctx,
            address,
            proxy.port,
            Buffer.from("OPTIONS * HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n"),
            (first) => first.toString("latin1").startsWith("HTTP/1"),
          ).then((yes) => (yes ? ("http" as const) : undefined)),
        ]),
  ];
  const found = await Promise.all(asks);
  return found.find((one) => one !== undefined);
}

/** host:port with brackets around an address of IPv6. */
export function placeOf(host: string, port: number): string {
  const bare = host.replace(/^\[|\]$/g, "");
  return `${isIP(bare) === 6 ? `[${bare}]` : bare}:${port}`;
}

/** Of a page a proxy wants to know the host: what serves one without is a web server, what complains is a proxy that lives. */
async function answersPlainly(ctx: Context, address: string, port: number): Promise<"web" | "http" | undefined> {
  const asked = Buffer.from("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  let first = "";
  const spoke = await greets(ctx, address, port, asked, (bytes) => {
    first = bytes.toString("latin1");
    return first.startsWith("HTTP/1");
  });
  if (!spoke) return undefined;
  return /^HTTP\/1\.[01] (?:2\d\d|3\d\d|401|404)/.test(first) ? "web" : "http";
}

async function speaksTls(ctx: Context, address: string, proxy: ProxyChoice): Promise<boolean> {
  const line = await connectTcp(ctx.wire, address, proxy.port, SPEAK_MS);
  if (isBroken(line)) return false;
  const servername = isIP(proxy.host) ? "" : proxy.host;
  const tls = await handshake(ctx.wire, line.connection, line.socket, { servername, timeoutMs: SPEAK_MS });
  if (!isBroken(tls)) tls.socket.destroy();
  return !isBroken(tls);
}

async function greets(
  ctx: Context,
  address: string,
  port: number,
  hello: Buffer,
  answers: (first: Buffer) => boolean,
): Promise<boolean> {
  const line = await connectTcp(ctx.wire, address, port, SPEAK_MS);
  if (isBroken(line)) return false;
  const reader = readerOf(ctx.wire, line.socket, SPEAK_MS);
  line.socket.write(hello);
  const first = await reader.take((bytes) => (bytes.length >= 2 ? Math.min(bytes.length, 12) : undefined), 1_024);
  reader.end();
  line.socket.destroy();
  return typeof first !== "string" && answers(first);
}

function isProxys(headers: readonly (readonly [string, string])[], body: string): boolean {
  const named = headers.some(
    ([name, value]) =>
      /^(?:x-squid-error|proxy-agent|proxy-status|x-deny-reason)$/i.test(name) ||
      (/^server$/i.test(name) && /tinyproxy|squid|privoxy|proxy/i.test(value)),
  );
  return named || /tinyproxy|squid|proxy/i.test(body.slice(0, 2_000));
}

function answerFacts(
  answer: ProxyAnswer | undefined,
): Pick<TunnelAttempt, "schemes" | "headers"> & Partial<TunnelAttempt> {
  if (answer === undefined) return { schemes: [], headers: [] };
  const { status, schemes, odd, page } = answer;
  return {
    schemes,
    headers: answer.headers.filter(([name]) => TELLING.test(name)),
    ...(status === undefined ? {} : { status }),
    ...(odd === undefined ? {} : { odd }),
    ...(page === undefined ? {} : { page }),
  };
}

function close(line: Line, socket: Socket): void {
  socket.destroy();
  line.socket.destroy();
}
