// Reads the beginning of a connection up to a mark and leaves the rest unread.

import type { Socket } from "node:net";
import type { Wire } from "./wire.ts";

/** Reads pieces of known shape from a socket, within one time for all of them. */
export interface Reader {
  /** Bytes read so far, those given back included. */
  readonly bytesIn: number;
  /**
   * The first bytes up to where `end` says that the piece ends; `peek` leaves them unread. A text is why there are none:
   * CLOSED, TIMEOUT, ABORTED, TOO-LONG or Node's code.
   */
  take(end: (bytes: Buffer) => number | undefined, limit: number, peek?: boolean): Promise<Buffer | string>;
  /** What is there and what comes within a moment, at most `limit` bytes. */
  rest(limit: number): Promise<Buffer>;
  /** Stops reading; what was read and not taken goes back to the socket. */
  end(): void;
}

/** How long a page that follows a refusal is waited for, milliseconds. */
const REST_MS = 150;

/** Begins to read. Nothing else may read from the socket until `end`. */
export function readerOf(wire: Wire, socket: Socket, timeoutMs: number): Reader {
  const { clock } = wire.rt;
  let held: Buffer = Buffer.alloc(0);
  let bytesIn = 0;
  let over: string | undefined;
  let wake: (() => void) | undefined;
  let ended = false;

  const stop = (why: string) => {
    over ??= why;
    wake?.();
  };
  // Listening for `readable` and not for `data` keeps the socket out of flowing mode, so that it can be handed on.
  const onReadable = () => {
    for (let piece = socket.read() as Buffer | null; piece !== null; piece = socket.read() as Buffer | null) {
      bytesIn += piece.length;
      held = Buffer.concat([held, piece]);
    }
    wake?.();
  };
  const onError = (e: NodeJS.ErrnoException) => stop(e.code ?? "ERROR");
  const onClosed = () => stop("CLOSED");
  const onAbort = () => stop("ABORTED");
  const timer = clock.timer(Math.max(1, timeoutMs), () => stop("TIMEOUT"));
  socket.on("readable", onReadable).on("error", onError).on("end", onClosed).on("close", onClosed);
  wire.signal.addEventListener("abort", onAbort, { once: true });

  const more = () =>
    new Promise<void>((resolve) => {
      wake = () => {
        wake = undefined;
        resolve();
      };
    });

  return {
    get bytesIn() {
      return bytesIn;
    },
    async take(end, limit, peek = false) {
      for (;;) {
        const length = end(held);
        if (length !== undefined) {
          const piece = held.subarray(0, length);
          if (!peek) held = held.subarray(length);
          return piece;
        }
        if (held.length >= limit) return "TOO-LONG";
        if (over !== undefined) return over;
        await more();
      }
    },
    async rest(limit) {
      let late = false;
      const pause = clock.timer(REST_MS, () => {
        late = true;
        wake?.();
      });
      while (!late && over === undefined && held.length < limit) await more();
      pause.cancel();
      return held.subarray(0, limit);
    },
    end() {
      if (ended) return;
      ended = true;
      timer.cancel();
      wire.signal.removeEventListener("abort", onAbort);
      socket.off("readable", onReadable).off("error", onError).off("end", onClosed).off("close", onClosed);
      if (held.length > 0 && !socket.destroyed && !socket.readableEnded) socket.unshift(held);
    },
  };
}
