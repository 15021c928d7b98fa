// A tunnel through a proxy, made by hand: CONNECT or SOCKS5, so that every way to fail can be told from every other.

import { isIP, type Socket } from "node:net";
import type { ProxyChoice } from "../environment/environment.ts";
import type { Asked, ProxyAnswer } from "./proxy-answer.ts";
import { type Reader, readerOf } from "./reader.ts";
import { openSocks } from "./socks.ts";
import { type Broken, isBroken, type Line } from "./tcp.ts";
import { handshake, type Secured } from "./tls.ts";
import type { Wire } from "./wire.ts";

export type { ProxyAnswer } from "./proxy-answer.ts";

/** A tunnel that stands. */
export interface Tunnel {
  readonly socket: Socket;
  readonly ms: number;
  readonly answer: ProxyAnswer;
  /** The handshake with the proxy itself, when its scheme is https. */
  readonly secured?: Secured;
}

/**
 * A tunnel that does not: how far it came, and what the proxy said. `error` is `CONNECT_<status>` for a refusal in HTTP,
 * `SOCKS` when the port speaks SOCKS, `TLS-WANTED` when it wants TLS first, `NOT-HTTP` for anything else that is no HTTP,
 * `SOCKS_<code>` for a refusal of a SOCKS proxy (RFC 1928; `SOCKS_AUTH` for its password), CLOSED, TIMEOUT or Node's code.
 */
export interface TunnelBroken extends Broken {
  readonly phase: "tcp" | "proxy-tls" | "connect";
  readonly answer?: ProxyAnswer;
}

/** How to ask. */
export interface TunnelWish {
  /** False leaves the credentials out. */
  readonly authorization?: boolean;
  /** Time for all of it, milliseconds. Default 5000. */
  readonly timeoutMs?: number;
  /** PEM of the roots that the certificate of an https proxy is checked against; undefined = those of Node. */
  readonly ca?: readonly string[];
}

/** Default of `TunnelWish.timeoutMs`. */
export const TUNNEL_MS = 5_000;

/** Longest head of an answer that is read, bytes. Proxies send under 4 KB with all their cookies. */
const HEAD_BYTES = 16_384;
const PAGE_BYTES = 4_096;
const PAGE_SHOWN = 300;

/**
 * Asks the proxy at the other end of `line` for a tunnel to host:port. The certificate of an https proxy is looked at, not
 * enforced. When it fails the line is closed; when it stands, bytes that came after the answer are still to be read.
 */
export async function openTunnel(
  wire: Wire,
  line: Line,
  proxy: ProxyChoice,
  host: string,
  port: number,
  wish: TunnelWish = {},
): Promise<Tunnel | TunnelBroken> {
  const { clock } = wire.rt;
  const began = clock.now();
  const timeoutMs = wish.timeoutMs ?? TUNNEL_MS;
  const { connection } = line;
  let socket: Socket = line.socket;
  let secured: Secured | undefined;
  if (proxy.scheme === "https") {
    // An address cannot be sent as SNI.
    const servername = isIP(proxy.host) ? "" : proxy.host;
    const ca = wish.ca === undefined ? {} : { ca: wish.ca };
    const tls = await handshake(wire, connection, socket, { servername, timeoutMs, ...ca });
    if (isBroken(tls)) return { ...tls, phase: "proxy-tls" };
    secured = tls;
    socket = tls.socket;
  }
  const reader = readerOf(wire, socket, timeoutMs - (clock.now() - began));
  const to = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const authorization = wish.authorization === false ? undefined : proxy.authorization;
  const socks = proxy.scheme.startsWith("socks");
  wire.record({
    at: clock.now(),
    connection,
    kind: "proxy",
    text: `${socks ? proxy.scheme : "CONNECT"} ${to}`,
    detail: { credentials: authorization !== undefined },
  });
  const result = socks
    ? await openSocks(reader, socket, { scheme: proxy.scheme, host, port, authorization })
    : await askConnect(reader, socket, to, authorization?.reveal());
  const ms = clock.now() - began;
  const { error, answer } = result;
  wire.record({
    at: clock.now(),
    connection,
    kind: error === undefined ? "proxy" : "error",
    text: error ?? `tunnel to ${to}`,
    detail: { ms, status: answer?.status },
  });
  if (error !== undefined) {
    reader.end();
    socket.destroy();
    line.socket.destroy();
    const about = { error, message: result.message ?? "", ms, bytesIn: reader.bytesIn, phase: "connect" as const };
    return answer === undefined ? about : { ...about, answer };
  }
  reader.end();
  const stands = { socket, ms, answer: answer ?? { headers: [], schemes: [] } };
  return secured === undefined ? stands : { ...stands, secured };
}

async function askConnect(
  reader: Reader,
  socket: Socket,
  to: string,
  authorization: string | undefined,
): Promise<Asked> {
  const auth = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n${auth}Proxy-Connection: keep-alive\r\n\r\n`);
  const start = await reader.take((bytes) => (bytes.length >= 2 ? bytes.length : undefined), HEAD_BYTES, true);
  if (typeof start === "string") return { error: start, message: sayOf(start) };
  const odd = oddOf(start);
  if (odd !== undefined)
    return {
      error: odd,
      message: sayOf(odd),
      answer: { headers: [], schemes: [], odd: start.subarray(0, 16).toString("hex") },
    };
  const head = await reader.take((bytes) => after(bytes, "\r\n\r\n") ?? after(bytes, "\n\n"), HEAD_BYTES);
  if (typeof head === "string") return { error: head, message: sayOf(head) };
  const answer = answerOf(head.toString("latin1"));
  if (answer === undefined)
    return {
      error: "NOT-HTTP",
      message: sayOf("NOT-HTTP"),
      answer: { headers: [], schemes: [], odd: head.subarray(0, 16).toString("hex") },
    };
  if (answer.status === 200) return { answer };
  const page = plain((await reader.rest(PAGE_BYTES)).toString("utf8"));
  // Web servers answer a request in clear on their TLS port with 400 and a sentence about it.
  const wantsTls =
    answer.status === 400 && /plain http request was sent to https port|http request to an https server/i.test(page);
  const error = wantsTls ? "TLS-WANTED" : `CONNECT_${answer.status}`;
  return { error, message: `the proxy answered ${answer.status}`, answer: page === "" ? answer : { ...answer, page } };
}

/** What speaks there when it is no HTTP; undefined when it may be HTTP. */
function oddOf(bytes: Buffer): string | undefined {
  const [first, second] = bytes;
  if (first === 0x05 || (first === 0x00 && second !== undefined && second >= 0x5a && second <= 0x5d)) return "SOCKS";
  if ((first === 0x15 || first === 0x16) && second === 0x03) return "TLS-WANTED";
  return /^HT?T?P?\/?/.test(bytes.subarray(0, 5).toString("latin1")) &&
    "HTTP/".startsWith(bytes.subarray(0, 5).toString("latin1"))
    ? undefined
    : "NOT-HTTP";
}

function after(bytes: Buffer, mark: string): number | undefined {
  const at = bytes.indexOf(mark);
  return at < 0 ? undefined : at + mark.length;
}

function answerOf(head: string): ProxyAnswer | undefined {
  const [first = "", ...lines] = head.split(/\r?\n/);
  const status = /^HTTP\/1\.[01] (\d{3})(?: |$)/.exec(first)?.[1];
  if (status === undefined) return undefined;
  const headers: (readonly [string, string])[] = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.push([line.slice(0, colon).trim(), line.slice(colon + 1).trim()]);
  }
  return { status: Number(status), headers, schemes: schemesOf(headers) };
}

/** One header may name several schemes: "Negotiate, Basic realm=\"x\"". */
function schemesOf(headers: readonly (readonly [string, string])[]): readonly string[] {
  const found = new Set<string>();
  for (const [name, value] of headers) {
    if (!/^(?:proxy|www)-authenticate$/i.test(name)) continue;
    for (const part of value.replace(/"[^"]*"/g, "").split(",")) {
      const scheme = /^\s*([A-Za-z][A-Za-z0-9-]*)(?:\s+(?!=)|\s*$)/.exec(part)?.[1];
      if (scheme !== undefined) found.add(scheme);
    }
  }
  return [...found];
}

function plain(html: string): string {
  return html
    .replace(/<(style|script)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<!--[\s\S]*?-->/g, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/[^\x20-\x7e\u00a0-\uffff]/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, PAGE_SHOWN);
}

function sayOf(error: string): string {
  switch (error) {
    case "TIMEOUT":
      return "the proxy accepted the connection and never answered";
    case "CLOSED":
      return "the proxy closed the connection without an answer";
    case "SOCKS":
      return "the port answers in SOCKS";
    case "TLS-WANTED":
      return "the port wants TLS before anything else";
    case "NOT-HTTP":
      return "the answer is no HTTP";
    default:
      return error;
  }
}
