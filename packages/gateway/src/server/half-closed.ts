// A client that has closed its direction may be gone or may still read: only writing to it tells which.

import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Timer } from "@fairlead/runtime";
import type { HttpResponse } from "../edge/http-surface.ts";
import type { Running } from "../edge/running.ts";

/**
 * When a client that closed its direction is written to, milliseconds after the one before. The first bytes make the
 * kernel of a client that is gone answer with a reset, and the next ones meet it: two of them suffice on a short way.
 */
const PROBES_MS = [20, 30, 150, 500, 1_000, 3_000] as const;

/**
 * Finds out whether half-closed clients are still there. A FIN looks the same from somebody who has said all and listens
 * and from somebody who has left; the second must be noticed at once, for the upstream is paid by the token. Before the
 * response's head the probe is an interim response (102), in an event stream a ping; other bodies are their own probe.
 * @returns who is to hear of each connection
 */
export function watchHalfClosed(server: Server, running: Running, clock: Clock): (socket: Socket) => void {
  // Node itself would close the connection on a FIN, with the answer unsent.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  return (socket) => {
    socket.once("end", () => probe(socket, running, clock));
  };
}

function probe(socket: Socket, running: Running, clock: Clock): void {
  let at = 0;
  let timer: Timer | undefined;
  const next = () => {
    if (socket.destroyed) return;
    const res = answering(socket, running);
    if (res === undefined) return;
    // HTTP/1.0 has no interim responses, so a client of it that is silent counts as gone.
    if (!res.headersSent && res.req.httpVersionMinor === 0) socket.destroy();
    else if (!res.headersSent) res.writeProcessing();
    else running.get(res)?.ping();
    timer = clock.timer(PROBES_MS[Math.min(at, PROBES_MS.length - 1)] ?? 0, next);
    at += 1;
  };
  socket.once("close", () => timer?.cancel());
  next();
}

/** The response whose turn it is on a connection: behind it others may wait. */
function answering(socket: Socket, running: Running): HttpResponse | undefined {
  for (const { res } of running.all()) if (res.socket === socket) return res;
  return undefined;
}
