// Writes a chunked response body piece by piece, each piece with its framing in one system call.

import type { Socket } from "node:net";
import type { Late, Turn } from "@fairlead/runtime";
import type { HttpResponse } from "./http-surface.ts";

/** Pieces up to this size are joined with their framing into one string; larger ones are not copied. Bytes. */
const ONE_WRITE = 16_384;
const LAST_CHUNK = "0\r\n\r\n";

/**
 * The body of one response. Node writes a chunk as four pieces that it gathers until the next tick; an event stream pays
 * for that at every event. So once the head is out, and only when Node has chosen chunked encoding and this response has
 * the connection, the frames are written here: size, data and line end as one latin1 string. In all other cases (HTTP/1.0,
 * a pipelined request that waits its turn) Node does it.
 */
export class ChunkFrames implements Late {
  readonly #res: HttpResponse;
  readonly #turn: Turn;
  #socket: Socket | undefined;
  #looked = false;
  #corked = false;
  /** Framed pieces of this turn, which leave at its end together with what is written to others. */
  #text = "";

  constructor(res: HttpResponse, turn: Turn) {
    this.#res = res;
    this.#turn = turn;
  }

  /** True while the client does not take more. */
  get full(): boolean {
    return this.#socket === undefined ? this.#res.writableNeedDrain : this.#socket.writableNeedDrain;
  }

  /** Writes one piece; false means: wait for `onDrain`. */
  write(data: Buffer): boolean {
    if (!this.#looked) this.#look();
    const socket = this.#socket;
    if (socket === undefined) return this.#res.write(data);
    const size = data.length.toString(16);
    if (data.length > ONE_WRITE) {
      this.endOfTurn();
      socket.cork();
      socket.write(`${size}\r\n`, "latin1");
      socket.write(data);
      const more = socket.write("\r\n", "latin1");
      socket.uncork();
      return more;
    }
    const first = this.#text === "";
    this.#text += `${size}\r\n${data.toString("latin1")}\r\n`;
    if (this.#text.length > ONE_WRITE) this.endOfTurn();
    // Only now: when many wait, the turn ends here and now.
    else if (first) this.#turn.last(this);
    return !socket.writableNeedDrain;
  }

  endOfTurn(): void {
    const text = this.#text;
    this.#text = "";
    if (text !== "") this.#socket?.write(text, "latin1");
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket?.uncork();
  }

  /** Calls `run` once when the client takes more again. */
  onDrain(run: () => void): void {
    (this.#socket ?? this.#res).once("drain", run);
  }

  /** Ends the body, after a last piece if there is one. */
  end(data: Buffer | undefined): void {
    if (data !== undefined) this.write(data);
    if (this.#socket !== undefined) {
      this.#text += LAST_CHUNK;
      this.endOfTurn();
    }
    this.#res.end();
  }

  /** Decides, at the first piece after the head, who writes the frames. */
  #look(): void {
    const res = this.#res;
    if (!res.headersSent) return;
    this.#looked = true;
    const { socket } = res;
    if (!res.chunkedEncoding || socket === null || res.req.method === "HEAD") return;
    // From here on Node must frame nothing. Head and first piece leave together.
    res.chunkedEncoding = false;
    this.#socket = socket;
    this.#corked = true;
    socket.cork();
    // An empty write and not flushHeaders, which would send header values beyond ASCII as UTF-8: other bytes than came.
    res.write("", "latin1");
  }
}
