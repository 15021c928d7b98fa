// A client's connection as long as only plain requests come on it; at the first other one node's server takes it over.

import type { Socket } from "node:net";
import { plainHead } from "./plain-head.ts";
import { PlainRequest } from "./plain-request.ts";
import { type PlainOwner, PlainResponse } from "./plain-response.ts";
import type { SharedRead } from "./shared-read.ts";

/** What connections of one server share. */
export interface PlainHouse {
  /** Answers a request. Never throws. */
  handle(req: PlainRequest, res: PlainResponse): void;
  /** Gives a connection with the bytes that were read from it to node's own server. */
  handOver(connection: PlainConnection, socket: Socket, read: Buffer | undefined): void;
  /** What came is not the rest of the request that was begun. `code` as node's parser has it. */
  broken(socket: Socket, code: string): void;
  forget(connection: PlainConnection): void;
  /** Monotonic milliseconds. */
  now(): number;
  date(): string;
  readonly keepAlive: string;
  /** Longest head, bytes. */
  readonly headLimit: number;
  readonly reads: SharedRead;
}

/** Where a socket tells which response it is busy with, for who finds out that the connection is broken. */
export const ANSWERING = Symbol("fairlead.answering");

/** A socket that may be busy with a response. */
export type AnsweringSocket = Socket & { [ANSWERING]?: PlainResponse | undefined };

/** Bytes of requests behind the one that is being answered are read up to here, then no more. */
const AHEAD_BYTES = 65_536;

/** One connection. One request at a time: what comes behind it waits until its answer is out. */
export class PlainConnection implements PlainOwner {
  readonly keepAlive: string;
  /** Not the one that was given, as a rule. */
  readonly socket: AnsweringSocket;
  readonly #house: PlainHouse;
  #req: PlainRequest | undefined;
  #res: PlainResponse | undefined;
  /** Bytes of body still to come. */
  #left = 0;
  #ahead: Buffer | undefined;
  #ended = false;
  #paused = false;
  seat = -1;
  /** Since when it is idle, or a request is arriving, monotonic milliseconds. */
  since: number;
  /** Whether anything came on it. */
  used = false;
  #native = false;

  constructor(socket: Socket, house: PlainHouse) {
    const adopted = house.reads.adopt(socket, this.#read);
    if (adopted === undefined) socket.on("data", this.#data);
    else {
      socket = adopted;
      socket.resume();
    }
    this.socket = socket;
    this.#house = house;
    this.keepAlive = house.keepAlive;
    this.since = house.now();
    socket.on("end", this.#end);
    socket.on("close", this.#closed);
    socket.on("error", this.#error);
    socket.on("drain", this.#drain);
  }

  get idle(): boolean {
    return this.#res === undefined;
  }

  /** A body is arriving. */
  get reading(): boolean {
    return this.#left > 0;
  }

  date(): string {
    return this.#house.date();
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Node's server takes over, with what was read. */
  handOver(read: Buffer | undefined): void {
    const { socket } = this;
    this.#native = true;
    socket.off("data", this.#data);
    socket.off("end", this.#end);
    socket.off("close", this.#closed);
    socket.off("error", this.#error);
    socket.off("drain", this.#drain);
    socket[ANSWERING] = undefined;
    this.#house.handOver(this, socket, read === undefined ? undefined : Buffer.from(read));
  }

  /** The request did not come to its end in time, or its end came too soon. */
  fail(code: string): void {
    this.#left = 0;
    this.#house.broken(this.socket, code);
  }

  finished(close: boolean): void {
    const { socket } = this;
    const req = this.#req;
    this.#res = undefined;
    socket[ANSWERING] = undefined;
    this.since = this.#house.now();
    if (close || (this.#ended && this.#ahead === undefined)) {
      socket.destroySoon();
      req?.over();
      return;
    }
    if (this.#left > 0) return;
    this.#req = undefined;
    req?.over();
    this.#goOn();
  }

  readonly #read = (bytes: Buffer): boolean => {
    // Node's own parser reads past this, until it has given up on the connection.
    if (this.#native) return this.socket.push(Buffer.from(bytes));
    this.#data(bytes);
    return true;
  };

  /** What is read is lent, here and below: whoever keeps some of it copies it. */
  readonly #data = (chunk: Buffer): void => {
    this.used = true;
    if (this.#left > 0) {
      const rest = this.#body(chunk);
      if (rest === undefined) return;
      if (this.#res === undefined) {
        this.#req = undefined;
        this.#parse(rest);
      } else this.#keep(rest);
    } else if (this.#res !== undefined || this.#ahead !== undefined) this.#keep(chunk);
    else this.#parse(chunk);
  };

  #parse(chunk: Buffer): void {
    const head = plainHead(chunk, this.#house.headLimit);
    if (head === undefined) {
      this.handOver(chunk);
      return;
    }
    const { socket } = this;
    const req = new PlainRequest(head.method, head.url, head.rawHeaders, socket);
    const res = new PlainResponse(req, socket, this);
    this.#req = req;
    this.#res = res;
    socket[ANSWERING] = res;
    this.#left = head.contentLength;
    this.since = this.#house.now();
    if (head.contentLength === 0) req.complete = true;
    this.#house.handle(req, res);
    if (head.contentLength === 0) req.arrived(null);
    if (head.end === chunk.length) return;
    const rest = this.#body(head.end === 0 ? chunk : chunk.subarray(head.end));
    if (rest !== undefined) this.#keep(rest);
  }

  /** Hands on what belongs to the body; returns what lies behind it. */
  #body(chunk: Buffer): Buffer | undefined {
    const left = this.#left;
    if (left === 0) return chunk;
    const req = this.#req;
    if (chunk.length < left) {
      this.#left = left - chunk.length;
      req?.arrived(chunk);
      return undefined;
    }
    this.#left = 0;
    req?.arrived(chunk.length === left ? chunk : chunk.subarray(0, left));
    req?.arrived(null);
    if (this.#res === undefined) req?.over();
    return chunk.length === left ? undefined : chunk.subarray(left);
  }

  /** Bytes of the next request, before its turn. */
  #keep(chunk: Buffer): void {
    if (this.socket.destroyed) return;
    this.#ahead = this.#ahead === undefined ? Buffer.from(chunk) : Buffer.concat([this.#ahead, chunk]);
    if (this.#ahead.length > AHEAD_BYTES && !this.#paused) {
      this.#paused = true;
      this.socket.pause();
    }
    if (this.#res === undefined) this.#goOn();
  }

  /** The next request's turn, in a turn of its own: many in one piece must not nest. */
  #goOn(): void {
    if (this.#ahead === undefined) return;
    process.nextTick(() => {
      const ahead = this.#ahead;
      if (ahead === undefined || this.#res !== undefined || this.socket.destroyed) return;
      this.#ahead = undefined;
      if (this.#paused) {
        this.#paused = false;
        this.socket.resume();
      }
      this.#parse(ahead);
      // The client said all that it had to say before the last of it was read.
      if (this.#ended && this.#res === undefined && this.#ahead === undefined) this.socket.end();
    });
  }

  readonly #end = (): void => {
    this.#ended = true;
    if (this.#left > 0 && this.#res !== undefined) this.fail("HPE_INVALID_EOF_STATE");
    else if (this.#res === undefined && this.#ahead === undefined) this.socket.end();
  };

  readonly #closed = (): void => {
    this.#house.forget(this);
    this.#ahead = undefined;
    this.#left = 0;
    this.#req?.over();
    this.#res?.lost();
  };

  readonly #error = (): void => {
    this.socket.destroy();
  };

  readonly #drain = (): void => {
    this.#res?.emit("drain");
  };
}
