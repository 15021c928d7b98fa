// The way to a host as the program would go it: direct or through its proxy, with TLS where the address asks for it.

import { isIP, type Socket } from "node:net";
import type { Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import type { Facts } from "../facts.ts";
import type { Secret } from "../secret.ts";
import { programWish } from "./client-hello.ts";
import { type Broken, connectTcp, isBroken } from "./tcp.ts";
import { handshake, type Secured, type TlsWish } from "./tls.ts";
import { openTunnel } from "./tunnel.ts";

/** A connection on which a request can be sent. */
export interface Opened {
  readonly socket: Socket;
  readonly connection: number;
  readonly address: string;
  readonly via: "direct" | "proxy";
  readonly tcpMs: number;
  readonly tls: Secured | undefined;
  /** Set when the request itself goes to an HTTP proxy in clear, without a tunnel: its path must begin with `prefix`. */
  readonly forward?: Forward;
}

/** How a request for a plain http address is put to an HTTP proxy (RFC 9112 section 3.2.2). */
export interface Forward {
  /** Goes before the path, such as `http://10.0.0.5:4100`. */
  readonly prefix: string;
  /** For the header Proxy-Authorization. */
  readonly authorization?: Secret;
}

/** Where it broke. */
export interface Blocked extends Broken {
  readonly at: "dns" | "tcp" | "proxy" | "tls";
}

/** How to go. */
export interface Way {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Addresses in the order to try; for a proxy those of the proxy. */
  readonly addresses: readonly string[];
  readonly proxy?: ProxyChoice;
  readonly wish?: Partial<TlsWish>;
}

/** The way to the target by what is known so far: the program's proxy or none, the address that answered. */
export function wayToTarget(ctx: Context, facts: Facts): Way {
  const { target } = ctx;
  const decision = ctx.environment.proxyFor(target.url);
  const connect = facts["tcp.connect"];
  const known = connect?.connects.filter(({ ok }) => ok).map(({ address }) => address) ?? [];
  const best = connect?.best;
  const inOrder = best === undefined ? known : [best, ...known.filter((one) => one !== best)];
  const shaken = facts["tls.handshake"]?.handshakes.filter(({ ok }) => ok).map(({ address }) => address) ?? [];
  // Where TLS fails over one family only, the rest of the line is looked at over the other: a program would stay with the first.
  const addresses = [...inOrder].sort((a, b) => Number(shaken.includes(b)) - Number(shaken.includes(a)));
  const wish = target.tls ? { wish: programWish(ctx) } : {};
  const way = { host: target.host, port: target.port, tls: target.tls, addresses, ...wish };
  return decision.use === "proxy" ? { ...way, proxy: trusted(decision.proxy, facts) } : way;
}

/** The proxy as it may be spoken to: without its password when its own certificate was not found good. */
export function trusted(proxy: ProxyChoice, facts: Facts): ProxyChoice {
  if (proxy.scheme !== "https" || facts["proxy.tls"]?.ok === true || proxy.authorization === undefined) return proxy;
  const { authorization: _withheld, ...rest } = proxy;
  return rest;
}

/** Opens it. `isBroken` tells a failure; its `at` says where. */
export async function openWay(ctx: Context, way: Way): Promise<Opened | Blocked> {
  const { wire } = ctx;
  const first = way.proxy === undefined ? way.port : way.proxy.port;
  let blocked: Blocked = { at: "dns", error: "ENOTFOUND", message: "no address to go to", ms: 0, bytesIn: 0 };
  for (const address of way.addresses) {
    const line = await connectTcp(wire, address, first);
    if (isBroken(line)) {
      blocked = { ...line, at: "tcp" };
      continue;
    }
    const via = way.proxy === undefined ? "direct" : "proxy";
    const opened = { connection: line.connection, address, via, tcpMs: line.ms } as const;
    // A name that is an address cannot be sent as SNI.
    const nameOf = (host: string) => (isIP(host) ? "" : host);
    let socket = line.socket;
    if (way.proxy !== undefined && forwards(ctx, way.proxy, way.tls)) {
      const secured =
        way.proxy.scheme === "https"
          ? await handshake(wire, line.connection, socket, { servername: nameOf(way.proxy.host) })
          : undefined;
      if (secured !== undefined && isBroken(secured)) return { ...secured, at: "proxy" };
      return { ...opened, socket: secured?.socket ?? socket, tls: undefined, forward: forwardOf(way, way.proxy) };
    }
    if (way.proxy !== undefined) {
      const tunnel = await openTunnel(wire, line, way.proxy, way.host, way.port);
      if (isBroken(tunnel)) return { ...tunnel, at: "proxy" };
      socket = tunnel.socket;
    }
    if (!way.tls) return { ...opened, socket, tls: undefined };
    const secured = await handshake(wire, line.connection, socket, {
      ...way.wish,
      servername: way.wish?.servername ?? nameOf(way.host),
    });
    if (isBroken(secured)) {
      line.socket.destroy();
      return { ...secured, at: "tls" };
    }
    return { ...opened, socket: secured.socket, tls: secured };
  }
  return blocked;
}

/** True when the program puts a request to the proxy itself. Node asks for a tunnel for plain http as well. */
export function forwards(ctx: Context, proxy: ProxyChoice, tls: boolean): boolean {
  return !tls && !proxy.scheme.startsWith("socks") && ctx.environment.client !== "node";
}

function forwardOf(way: Way, proxy: ProxyChoice): Forward {
  const host = isIP(way.host) === 6 ? `[${way.host}]` : way.host;
  const prefix = `http://${host}${way.port === 80 ? "" : `:${way.port}`}`;
  return proxy.authorization === undefined ? { prefix } : { prefix, authorization: proxy.authorization };
}
