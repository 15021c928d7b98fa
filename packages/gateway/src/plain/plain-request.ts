// A request in its plain form: what the edge asks of node's own requests, and nothing else.

import { EventEmitter } from "node:events";
import type { IncomingHttpHeaders } from "node:http";
import type { Socket } from "node:net";
import type { HttpRequest } from "../edge/http-surface.ts";
import { type BodyTaker, leanHeaders } from "../edge/lean-request.ts";

/** Emits `data` and `end` for a body that nobody took, and `close` when it is over or its connection closed. */
export class PlainRequest extends EventEmitter implements HttpRequest {
  readonly httpVersionMajor = 1;
  readonly httpVersionMinor = 1;
  /** The whole body has arrived. */
  complete = false;
  destroyed = false;
  #headers: IncomingHttpHeaders | undefined;
  #taker: BodyTaker | undefined;
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly socket: Socket;

  constructor(method: string, url: string, rawHeaders: string[], socket: Socket) {
    super();
    this.method = method;
    this.url = url;
    this.rawHeaders = rawHeaders;
    this.socket = socket;
  }

  /** The few headers that are asked for by name. */
  get headers(): IncomingHttpHeaders {
    this.#headers ??= leanHeaders(this.rawHeaders);
    return this.#headers;
  }

  takeBody(taker: BodyTaker | undefined): void {
    this.#taker = taker;
  }

  /** Body bytes that nobody takes are dropped, so there is nothing to resume. */
  resume(): this {
    return this;
  }

  destroy(): this {
    this.socket.destroy();
    return this;
  }

  /** A piece of the body came, on loan for the time of the call, or null: that was the last. */
  arrived(piece: Buffer | null): void {
    if (piece === null) this.complete = true;
    const taker = this.#taker;
    if (taker !== undefined) {
      if (piece === null) this.#taker = undefined;
      taker(piece, true);
    } else if (piece === null) this.emit("end");
    else this.emit("data", piece);
  }

  /** Nothing more comes. */
  over(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit("close");
  }
}
