// One TCP connection to one address.

import { connect, isIPv6, type Socket } from "node:net";
import type { Wire } from "./wire.ts";

/** A connection that stands. */
export interface Line {
  readonly socket: Socket;
  readonly connection: number;
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly ms: number;
}

/** Why something on the wire did not come about. `error` is Node's code, an OpenSSL code, TIMEOUT or CLOSED. */
export interface Broken {
  readonly error: string;
  readonly message: string;
  readonly ms: number;
  readonly bytesIn: number;
}

/** True for what did not come about. */
export function isBroken(what: object): what is Broken {
  return "error" in what && !("socket" in what);
}

/** Longest wait for a connection, milliseconds: three SYNs go out in that time (0, 1 and 3 s). */
export const TCP_MS = 3_500;

/** Connects to an address (never a name). */
export function connectTcp(wire: Wire, address: string, port: number, timeoutMs = TCP_MS): Promise<Line | Broken> {
  const { clock } = wire.rt;
  const family = isIPv6(address) ? 6 : 4;
  const connection = wire.nextConnection();
  const began = clock.now();
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, autoSelectFamily: false, noDelay: true });
    let settled = false;
    const settle = (error?: string, message = "") => {
      if (settled) return;
      settled = true;
      timer.cancel();
      wire.signal.removeEventListener("abort", abort);
      const ms = clock.now() - began;
      socket.off("error", fail).off("connect", done);
      // A socket without a listener for errors ends the program when the far end resets it later.
      socket.on("error", () => {});
      wire.record({
        at: clock.now(),
        connection,
        kind: error ? "error" : "tcp",
        text: `${address} port ${port}`,
        detail: { ms, error },
      });
      if (error === undefined) resolve({ socket, connection, address, port, family, ms });
      else {
        socket.destroy();
        resolve({ error, message, ms, bytesIn: 0 });
      }
    };
    const timer = clock.timer(timeoutMs, () => settle("TIMEOUT", `no answer in ${timeoutMs} ms`));
    const abort = () => settle("ABORTED", "the examination is over");
    const fail = (e: NodeJS.ErrnoException) => settle(e.code ?? "ERROR", e.message);
    const done = () => settle();
    wire.signal.addEventListener("abort", abort, { once: true });
    socket.on("error", fail).on("connect", done);
  });
}
