// The way to a host as the program would go it: direct or through its proxy, with TLS where the address asks for it.

import { isIP, type Socket } from "node:net";
import type { Context } from "../context.ts";
import type { ProxyChoice } from "../environment/environment.ts";
import type { Facts } from "../facts.ts";
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
  const addresses = best === undefined ? known : [best, ...known.filter((one) => one !== best)];
  const way = { host: target.host, port: target.port, tls: target.tls, addresses };
  return decision.use === "proxy" ? { ...way, proxy: decision.proxy } : way;
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
    let socket = line.socket;
    if (way.proxy !== undefined) {
      const tunnel = await openTunnel(wire, line, way.proxy, way.host, way.port);
      if (isBroken(tunnel)) return { ...tunnel, at: "proxy" };
      socket = tunnel.socket;
    }
    const opened = { connection: line.connection, address, via, tcpMs: line.ms } as const;
    if (!way.tls) return { ...opened, socket, tls: undefined };
    // A name that is an address cannot be sent as SNI.
    const servername = way.wish?.servername ?? (isIP(way.host) ? "" : way.host);
    const secured = await handshake(wire, line.connection, socket, { ...way.wish, servername });
    if (isBroken(secured)) return { ...secured, at: "tls" };
    return { ...opened, socket: secured.socket, tls: secured };
  }
  return blocked;
}
