// Reads a request's body into memory: bounded in size, in silence, and in what all requests together may hold.

import type { Code } from "@fairlead/engine";
import type { Clock, Timer } from "@fairlead/runtime";
import type { HttpRequest, HttpResponse } from "./http-surface.ts";

/** How many bytes of request bodies are held at the moment, over all requests. */
export interface Held {
  bytes: number;
  limit: number;
}

/** Why a body could not be read; `gone` = the client left and nobody can be told. */
export interface BodyProblem {
  readonly code: Code | "gone";
}

/** The bounds of one body. */
export interface BodyBounds {
  readonly limit: number;
  /** Longest silence, milliseconds. */
  readonly silenceMs: number;
  readonly held: Held;
  /** The length that its head tells; undefined when it tells none. */
  readonly expected?: number | undefined;
}

/** A body that is expected to be longer grows with what comes, so that nobody has more of the memory than he sends. */
const AT_ONCE_BYTES = 1_048_576;

const EMPTY = Buffer.alloc(0);

/** Reads the whole body. The caller gives the bytes back to `held` when the request is over. */
export function requestBody(req: HttpRequest, bounds: BodyBounds, clock: Clock): Promise<Buffer | BodyProblem> {
  return new Promise((resolve) => {
    const { held, limit, silenceMs, expected } = bounds;
    const pieces: Buffer[] = [];
    let whole: Buffer | undefined;
    let size = 0;
    let settled = false;
    let last = clock.now();
    let timer: Timer | undefined;
    const settle = (result: Buffer | BodyProblem) => {
      if (settled) return;
      settled = true;
      timer?.cancel();
      req.takeBody(undefined);
      if (!Buffer.isBuffer(result)) held.bytes -= size;
      resolve(result);
      // Listeners on the request live as long as it does, and would keep the body with them.
      pieces.length = 0;
    };
    const keep = (chunk: Buffer, lent: boolean) => {
      if (!lent) pieces.push(chunk);
      else if (expected === undefined || expected > AT_ONCE_BYTES) pieces.push(Buffer.from(chunk));
      else {
        if (whole === undefined) {
          whole = Buffer.allocUnsafe(expected);
          pieces.push(whole);
        }
        chunk.copy(whole, size - chunk.length);
      }
    };
    req.takeBody((chunk, lent) => {
      if (chunk === null) {
        settle(pieces.length === 1 ? (pieces[0] as Buffer) : pieces.length === 0 ? EMPTY : Buffer.concat(pieces, size));
        return;
      }
      last = clock.now();
      size += chunk.length;
      held.bytes += chunk.length;
      if (size > limit) settle({ code: "body_too_large" });
      else if (held.bytes > held.limit) settle({ code: "too_busy" });
      else keep(chunk, lent === true);
    });
    const watch = () => {
      const left = silenceMs - (clock.now() - last);
      if (left <= 0) settle({ code: "body_timeout" });
      else timer = clock.timer(left, watch);
    };
    // A body that came in one piece with its head is settled by now, or will be before anything is waited for: most are.
    queueMicrotask(() => {
      if (settled) return;
      if (req.destroyed) return settle({ code: "gone" });
      timer = clock.timer(silenceMs, watch);
      // Both come once at most: `once` would cost two more closures, and their removal.
      req.on("error", () => settle({ code: "gone" }));
      req.on("close", () => settle({ code: "gone" }));
    });
  });
}

/** After an early refusal so much of the body is still read and thrown away, so that the client gets to read the answer. */
const DRAIN_BYTES = 67_108_864;
/** And for so long, milliseconds. */
const DRAIN_MS = 5_000;

/**
 * Lets a refused upload run out before the response is ended. The whole answer is on its way by then; ended, Node would
 * close the connection at once, which resets it under a client that still writes, and the refusal would be lost.
 */
export function drainBody(req: HttpRequest, res: HttpResponse, clock: Clock): void {
  let seen = 0;
  const stop = () => {
    timer.cancel();
    res.end();
  };
  const timer = clock.timer(DRAIN_MS, stop);
  req.on("error", () => {});
  req.on("data", (chunk: Buffer) => {
    seen += chunk.length;
    if (seen > DRAIN_BYTES) stop();
  });
  req.once("end", stop);
  req.once("close", () => timer.cancel());
  req.resume();
}
