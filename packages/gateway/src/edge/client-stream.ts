// One answer on its way to the client: bytes as they come, pings of our own when it is silent, an honest end.

import type { Fault, Flow, Look, Sink, Tally } from "@fairlead/engine";
import { PING_FRAME } from "@fairlead/protocol";
import { errorFrame } from "@fairlead/providers/anthropic";
import type { Turn } from "@fairlead/runtime";
import { ChunkFrames } from "./chunk-frames.ts";
import type { HttpResponse } from "./http-surface.ts";

/** The OpenAI dialect has no ping event; a comment does the same. */
const COMMENT_PING = Buffer.from(": ping\n\n");

/** A streamed answer in front of its client. Before the answer is there it can already keep the client company. */
export class ClientStream implements Sink {
  /** Monotonic time at which the last bytes were noticed, milliseconds. */
  #lastWrite: number;
  #wrote = false;
  readonly #res: HttpResponse;
  readonly #dialect: Look["dialect"];
  readonly #requestId: string;
  readonly #now: () => number;
  #earlyHeaders: (() => string[]) | undefined;
  readonly #tally: Pick<Tally, "queued">;
  readonly #frames: ChunkFrames;
  #flow: Flow | undefined;
  #full = false;
  #over = false;

  constructor(
    res: HttpResponse,
    turn: Turn,
    dialect: Look["dialect"],
    requestId: string,
    now: () => number,
    earlyHeaders: () => string[],
    tally: Pick<Tally, "queued"> = { queued: undefined },
  ) {
    this.#tally = tally;
    this.#res = res;
    this.#frames = new ChunkFrames(res, turn);
    this.#dialect = dialect;
    this.#requestId = requestId;
    this.#now = now;
    this.#earlyHeaders = earlyHeaders;
    this.#lastWrite = now();
  }

  /** Called about once a second: writes a ping when nothing was written for `pingMs`. */
  tick(now: number, pingMs: number): void {
    const res = this.#res;
    if (this.#wrote) {
      this.#wrote = false;
      this.#lastWrite = now;
    }
    if (this.#over || now - this.#lastWrite < pingMs || this.#frames.full) return;
    if (!res.headersSent) {
      // The client has waited long: the status is committed now, so that it and every box on the way see life. What
      // the upstream says from here on can only be told inside the stream.
      res.writeHead(200, this.#earlyHeaders?.() ?? []);
    }
    this.ping();
  }

  /** Writes a ping: only whole frames are ever passed on, so that it always stands between two. */
  ping(): void {
    if (this.#over || this.#frames.full) return;
    const { queued } = this.#tally;
    if (queued !== undefined) this.#frames.write(queuedComment(queued));
    this.#frames.write(this.#dialect === "openai" ? COMMENT_PING : PING_FRAME);
    this.#lastWrite = this.#now();
  }

  /** Pipes the answer's flow to the client. */
  attach(flow: Flow): void {
    this.#flow = flow;
    this.#earlyHeaders = undefined;
    flow.pipe(this);
  }

  write(chunk: Buffer): boolean {
    this.#wrote = true;
    if (this.#over) return true;
    if (this.#frames.write(chunk)) return true;
    // Pieces that were read already may follow the first that is too much.
    if (!this.#full) {
      this.#full = true;
      this.#frames.onDrain(() => {
        this.#full = false;
        this.#flow?.resume();
      });
    }
    return false;
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#frames.end(undefined);
  }

  /** @param attempts how many attempts were made, where the head could not tell: a client of ours counts them as its own */
  fail(fault: Pick<Fault, "type" | "message" | "code">, attempts?: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#frames.end(errorFrame(this.#dialect, fault, this.#requestId, attempts));
  }

  /** True once nothing more will be written. */
  get over(): boolean {
    return this.#over;
  }

  /** The client is gone: nothing is written any more. */
  close(): void {
    this.#over = true;
  }
}

/** Tells a caller who waits for room how many go before it, and how long that will take: a comment, which clients skip. */
function queuedComment({ place, waitMs }: NonNullable<Tally["queued"]>): Buffer {
  return Buffer.from(`: fairlead queued place=${place}${waitMs === undefined ? "" : ` wait_ms=${waitMs}`}\n\n`);
}

/** Bytes that nobody can end honestly once they have begun (a file, a long JSON): a break is a broken connection. */
export function rawSink(res: HttpResponse, flow: Flow): Sink {
  let full = false;
  return {
    write(chunk) {
      if (res.write(chunk)) return true;
      if (!full) {
        full = true;
        res.once("drain", () => {
          full = false;
          flow.resume();
        });
      }
      return false;
    },
    end() {
      res.end();
    },
    fail() {
      res.destroy();
    },
  };
}
