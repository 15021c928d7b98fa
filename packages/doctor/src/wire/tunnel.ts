// A tunnel through a proxy, made by hand: CONNECT or SOCKS5, so that every way to fail can be told from every other.

import type { Socket } from "node:net";
import type { ProxyChoice } from "../environment/environment.ts";
import type { Broken, Line } from "./tcp.ts";
import type { Wire } from "./wire.ts";

/** What the proxy said. */
export interface ProxyAnswer {
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
  /** Schemes of every Proxy-Authenticate or WWW-Authenticate, such as Basic, NTLM. */
  readonly schemes: readonly string[];
  /** First bytes of what is no HTTP at all, hex. */
  readonly odd?: string;
}

/** A tunnel that stands. */
export interface Tunnel {
  readonly socket: Socket;
  readonly ms: number;
  readonly answer: ProxyAnswer;
}

/** A tunnel that does not: how far it came, and what the proxy said. */
export interface TunnelBroken extends Broken {
  readonly phase: "tcp" | "proxy-tls" | "connect";
  readonly answer?: ProxyAnswer;
}

/** Asks the proxy at the other end of `line` for a tunnel to host:port. `authorization: false` leaves the credentials out. */
export function openTunnel(
  _wire: Wire,
  _line: Line,
  _proxy: ProxyChoice,
  _host: string,
  _port: number,
  _wish: { readonly authorization?: boolean; readonly timeoutMs?: number } = {},
): Promise<Tunnel | TunnelBroken> {
  throw new Error("to be written");
}
