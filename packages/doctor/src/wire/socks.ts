// SOCKS by hand: version 5 with and without a password (RFC 1928, RFC 1929), and version 4a.

import { isIP, type Socket } from "node:net";
import type { Secret } from "../secret.ts";
import type { Asked } from "./proxy-answer.ts";
import type { Reader } from "./reader.ts";

/** What is wanted of the SOCKS proxy. */
export interface SocksWish {
  readonly scheme: string;
  readonly host: string;
  readonly port: number;
  /** `Basic …`, as for HTTP. */
  readonly authorization: Secret | undefined;
}

const LIMIT = 1_024;
const NO_METHOD = 0xff;
const PASSWORD = 0x02;

/** Reply codes of RFC 1928 section 6 in words. */
export const SOCKS_REPLIES: { readonly [code: number]: string } = {
  1: "general failure",
  2: "not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "time to live expired",
  7: "command not supported",
  8: "address type not supported",
};

/** Asks for a connection. Its errors are those of `TunnelBroken`. */
export async function openSocks(reader: Reader, socket: Socket, wish: SocksWish): Promise<Asked> {
  return wish.scheme === "socks4" ? socks4(reader, socket, wish) : socks5(reader, socket, wish);
}

async function socks5(reader: Reader, socket: Socket, wish: SocksWish): Promise<Asked> {
  const pair = pairOf(wish.authorization);
  socket.write(Buffer.from(pair === undefined ? [5, 1, 0] : [5, 2, 0, PASSWORD]));
  const method = await reader.take(exactly(2), LIMIT);
  if (typeof method === "string") return { error: method };
  if (method[0] !== 5) return { error: "NOT-SOCKS", message: "the port does not speak SOCKS5", answer: oddly(method) };
  if (method[1] === NO_METHOD)
    return {
      error: "SOCKS_AUTH",
      message:
        pair === undefined ? "it wants a name and a password" : "it takes neither a name and password nor nobody",
    };
  if (method[1] === PASSWORD && pair !== undefined) {
    const [name, password] = pair;
    socket.write(Buffer.concat([Buffer.from([1, name.length]), name, Buffer.from([password.length]), password]));
    const verdict = await reader.take(exactly(2), LIMIT);
    if (typeof verdict === "string") return { error: verdict };
    if (verdict[1] !== 0) return { error: "SOCKS_AUTH", message: "it does not accept the name and the password" };
  }
  socket.write(Buffer.concat([Buffer.from([5, 1, 0]), addressOf(wish.host), portOf(wish.port)]));
  const reply = await reader.take(replyEnd, LIMIT);
  if (typeof reply === "string") return { error: reply };
  const code = reply[1] ?? 1;
  if (code === 0) return {};
  return { error: `SOCKS_${code}`, message: SOCKS_REPLIES[code] ?? `code ${code}` };
}

async function socks4(reader: Reader, socket: Socket, wish: SocksWish): Promise<Asked> {
  const literal = isIP(wish.host) === 4;
  // Version 4a: an address of the form 0.0.0.x says that the name follows.
  const address = literal ? Buffer.from(wish.host.split(".").map(Number)) : Buffer.from([0, 0, 0, 1]);
  const name = literal ? Buffer.alloc(0) : Buffer.from(`${wish.host}\0`);
  socket.write(Buffer.concat([Buffer.from([4, 1]), portOf(wish.port), address, Buffer.from([0]), name]));
  const reply = await reader.take(exactly(8), LIMIT);
  if (typeof reply === "string") return { error: reply };
  if (reply[0] !== 0) return { error: "NOT-SOCKS", message: "the port does not speak SOCKS4", answer: oddly(reply) };
  return reply[1] === 0x5a ? {} : { error: `SOCKS_${reply[1] ?? 0x5b}`, message: "the proxy refused" };
}

function oddly(bytes: Buffer): NonNullable<Asked["answer"]> {
  return { headers: [], schemes: [], odd: bytes.subarray(0, 16).toString("hex") };
}

function exactly(length: number): (bytes: Buffer) => number | undefined {
  return (bytes) => (bytes.length >= length ? length : undefined);
}

function replyEnd(bytes: Buffer): number | undefined {
  if (bytes.length < 5) return undefined;
  const length = bytes[3] === 1 ? 10 : bytes[3] === 4 ? 22 : 7 + (bytes[4] ?? 0);
  return bytes.length >= length ? length : undefined;
}

function addressOf(host: string): Buffer {
  const family = isIP(host);
  if (family === 4) return Buffer.from([1, ...host.split(".").map(Number)]);
  if (family === 6) return Buffer.from([4, ...groupsOf(host)]);
  const name = Buffer.from(host);
  return Buffer.concat([Buffer.from([3, name.length]), name]);
}

/** The sixteen bytes of an address of IPv6 without dotted quads. */
function groupsOf(host: string): number[] {
  const [front = "", back] = host.split("::");
  const left = front === "" ? [] : front.split(":");
  const right = back === undefined || back === "" ? [] : back.split(":");
  const middle = back === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => "0");
  return [...left, ...middle, ...right].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}

function portOf(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

function pairOf(authorization: Secret | undefined): readonly [Buffer, Buffer] | undefined {
  if (authorization === undefined) return undefined;
  const pair = Buffer.from(authorization.reveal().replace(/^Basic /, ""), "base64");
  const colon = pair.indexOf(":");
  return colon < 0 ? [pair, Buffer.alloc(0)] : [pair.subarray(0, colon), pair.subarray(colon + 1)];
}
