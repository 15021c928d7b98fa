// The response to a plain request: head and body as text in as few writes as can be, on a connection that it has for itself.

import { EventEmitter } from "node:events";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { HttpResponse } from "../edge/http-surface.ts";
import type { PlainRequest } from "./plain-request.ts";

/** Who hears that a response is over. */
export interface PlainOwner {
  /** The last bytes are with the system. `close`: the connection is to be closed after them. */
  finished(close: boolean): void;
  /** The `Date` header's value now. */
  date(): string;
  /** The `Keep-Alive` header's value. */
  readonly keepAlive: string;
}

/** As node's: what a header's name and value may not hold. */
const NO_NAME = /[^!#$%&'*+\-.^_`|~0-9A-Za-z]/;
const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

const LAST_CHUNK = "0\r\n\r\n";

/** Emits `drain`, and `finish` and `close` when it is over, as node's do. */
export class PlainResponse extends EventEmitter implements HttpResponse {
  headersSent = false;
  writableEnded = false;
  writableFinished = false;
  destroyed = false;
  /** True while the body is framed in chunks here; whoever frames it itself sets it to false. */
  chunkedEncoding = false;
  readonly req: PlainRequest;
  readonly socket: Socket;
  readonly #owner: PlainOwner;
  /** The head that is not on its way yet. */
  #head = "";
  #early: string[] | undefined;
  #close = false;

  constructor(req: PlainRequest, socket: Socket, owner: PlainOwner) {
    super();
    this.req = req;
    this.socket = socket;
    this.#owner = owner;
  }

  get writableNeedDrain(): boolean {
    return this.socket.writableNeedDrain;
  }

  setHeader(name: string, value: string): this {
    this.#early ??= [];
    this.#early.push(name, value);
    return this;
  }

  getHeader(name: string): string | undefined {
    const at = this.#early?.findIndex((one, i) => i % 2 === 0 && one.toLowerCase() === name.toLowerCase()) ?? -1;
    return at < 0 ? undefined : this.#early?.[at + 1];
  }

  /** @throws Error for a header that HTTP cannot carry */
  writeHead(status: number, headers: readonly string[]): this {
    if (this.headersSent) throw new Error("the head of this response is on its way already");
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    let framed = status === 204 || status === 304;
    let connection = false;
    let dated = false;
    const early = this.#early;
    const all = early === undefined ? headers : merged(early, headers);
    for (let i = 0; i < all.length; i += 2) {
      const name = all[i] as string;
      const value = all[i + 1] as string;
      switch (name.length) {
        case 4:
          dated ||= name.toLowerCase() === "date";
          break;
        case 10:
          if (name.toLowerCase() === "connection") {
            connection = true;
            this.#close ||= value.toLowerCase() === "close";
          }
          break;
        case 14:
          framed ||= name.toLowerCase() === "content-length";
          break;
        default:
      }
      if (NO_NAME.test(name) || name === "") throw new Error(`${JSON.stringify(name)} is no header's name`);
      if (NO_VALUE.test(value)) throw new Error(`the header ${name} holds what no header may hold`);
      head += `${name}: ${value}\r\n`;
    }
    if (!dated) head += `Date: ${this.#owner.date()}\r\n`;
    if (!connection) head += `Connection: keep-alive\r\nKeep-Alive: ${this.#owner.keepAlive}\r\n`;
    if (!framed) {
      head += "Transfer-Encoding: chunked\r\n";
      this.chunkedEncoding = true;
    }
    this.#head = `${head}\r\n`;
    this.headersSent = true;
    return this;
  }

  write(data: Buffer | string, encoding: BufferEncoding = "utf8"): boolean {
    if (this.writableEnded || this.destroyed) return false;
    const { socket } = this;
    if (data.length === 0) {
      // What an empty piece asks for is that the head goes.
      if (this.#head === "") return !socket.writableNeedDrain;
      return this.#text("");
    }
    if (typeof data === "string") data = Buffer.from(data, encoding);
    if (this.#head === "" && !this.chunkedEncoding) return socket.write(data);
    socket.cork();
    if (this.chunkedEncoding) this.#text(`${data.length.toString(16)}\r\n`);
    else this.#text("");
    let more = socket.write(data);
    if (this.chunkedEncoding) more = socket.write("\r\n", "latin1");
    socket.uncork();
    return more;
  }

  end(data?: Buffer | string, encoding: BufferEncoding = "utf8"): this {
    if (this.writableEnded || this.destroyed) return this;
    const { socket } = this;
    if (data === undefined || data.length === 0) {
      const last = this.chunkedEncoding ? LAST_CHUNK : "";
      if (this.#head !== "" || last !== "") this.#text(last);
    } else if (this.chunkedEncoding) {
      this.write(data, encoding);
      socket.write(LAST_CHUNK, "latin1");
    } else if (typeof data === "string" && encoding === "latin1") this.#text(data);
    else {
      socket.cork();
      if (this.#head !== "") this.#text("");
      if (typeof data === "string") socket.write(data, encoding);
      else socket.write(data);
      socket.uncork();
    }
    this.writableEnded = true;
    // Written at once, as nearly always; else its time has come when the socket has drained.
    if (socket.writableLength === 0) this.#finish();
    else socket.write("", "latin1", () => this.#finish());
    return this;
  }

  destroy(): this {
    this.socket.destroy();
    return this;
  }

  /** Never called for a plain request: one that awaits 100 is not plain. */
  writeContinue(): void {
    this.socket.write("HTTP/1.1 100 Continue\r\n\r\n", "latin1");
  }

  /** An interim response: a sign of life before the head. */
  writeProcessing(): void {
    this.socket.write("HTTP/1.1 102 Processing\r\n\r\n", "latin1");
  }

  /** The connection is gone before the response was over. */
  lost(): void {
    if (this.destroyed || this.writableFinished) return;
    this.destroyed = true;
    this.emit("close");
  }

  #text(text: string): boolean {
    const head = this.#head;
    this.#head = "";
    return this.socket.write(head === "" ? text : head + text, "latin1");
  }

  #finish(): void {
    if (this.destroyed || this.writableFinished) return;
    this.writableFinished = true;
    this.emit("finish");
    this.destroyed = true;
    this.emit("close");
    this.#owner.finished(this.#close);
  }
}

/** Headers that were set before, unless the head names them itself, then the head's. */
function merged(early: readonly string[], headers: readonly string[]): readonly string[] {
  const named = new Set<string>();
  for (let i = 0; i < headers.length; i += 2) named.add((headers[i] as string).toLowerCase());
  const kept = early.filter((_, i) => !named.has((early[i - (i % 2)] as string).toLowerCase()));
  return [...kept, ...headers];
}
