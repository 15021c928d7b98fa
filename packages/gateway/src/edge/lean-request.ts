// A request that pays for less of node's stream machinery: its headers are looked up in the flat list, its body is taken as parsed.

import { type IncomingHttpHeaders, IncomingMessage } from "node:http";

/** The names that node's server and this edge ask for; all else is read from `rawHeaders`. */
const ASKED = ["host", "expect", "transfer-encoding", "x-forwarded-proto"];

/** Takes a body piece by piece as it is parsed, then null at its end. What is `lent` is gone after the call. */
export type BodyTaker = (piece: Buffer | null, lent?: boolean) => void;

/**
 * Node's server asks every request for two of its headers, and the first to ask pays for an object with all of them. This
 * object holds only those that are ever asked for. With a name sent twice the first counts, as node has it for `host`.
 */
export class LeanRequest extends IncomingMessage {
  #headers: IncomingHttpHeaders | undefined;
  #taker: BodyTaker | undefined;

  // @ts-expect-error node makes it an accessor of the prototype; its types call it a property
  override get headers(): IncomingHttpHeaders {
    this.#headers ??= leanHeaders(this.rawHeaders);
    return this.#headers;
  }

  override set headers(headers: IncomingHttpHeaders) {
    this.#headers = headers;
  }

  /**
   * Has the body handed to `taker` in the very call in which it was parsed, past the queue, the ticks and the events of a
   * stream. To be called before anything of the body was read; undefined hands what is to come back to the stream.
   */
  takeBody(taker: BodyTaker | undefined): void {
    this.#taker = taker;
  }

  /** Called by node's parser with each piece and null; true asks for more. */
  override push(piece: Buffer | null, encoding?: BufferEncoding): boolean {
    const taker = this.#taker;
    if (taker === undefined) return super.push(piece, encoding);
    if (piece === null) {
      this.#taker = undefined;
      // The stream is told of its end and nothing else: node waits for that before it lets go of the request.
      super.push(null);
    }
    taker(piece);
    return true;
  }
}

/** The headers that are asked for by name, from the flat list; of one that came twice the first. */
export function leanHeaders(raw: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length !== 4 && name.length !== 6 && name.length !== 17) continue;
    const lower = name.toLowerCase();
    if (ASKED.includes(lower)) headers[lower] ??= raw[i + 1];
  }
  return headers;
}
