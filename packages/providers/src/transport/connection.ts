// One keep-alive connection: sends a request, hands the response on as a head and a source, and can be used again.

import type { Socket } from "node:net";
import type { Source, SourceSink } from "@fairlead/engine";
import type { Late, Turn } from "@fairlead/runtime";
import type { Feed } from "./dial.ts";
import { ResponseParser } from "./response-parser.ts";

/** What becomes of a request on a connection. Exactly one call. */
export interface Exchangee {
  head(status: number, headers: readonly string[], source: Source): void;
  /** It failed before the head: `stale` = a connection used before ended without a byte, `lost` = it ended, `protocol` = HTTP was broken. */
  lost(reason: string, how: "stale" | "lost" | "protocol"): void;
}

/** Body bytes that wait for their reader before the socket is paused, bytes. */
const EARLY_LIMIT = 262_144;
/** Bodies up to this size are copied behind the head and go out in one write, bytes. */
const ONE_WRITE = 16_384;

type Phase = "idle" | "awaiting" | "body" | "dead";

/** A connection. The pool decides what it is used for; it tells the pool when it is free or gone. */
export class Connection implements Late {
  readonly socket: Socket;
  /** Monotonic time of its birth. */
  readonly bornAt: number;
  /** Requests it has carried. */
  uses = 0;
  /** Monotonic time since which it has been idle. */
  idleSince = 0;
  /** The server's own idle limit, milliseconds, when it told one. */
  serverIdleMs = Number.POSITIVE_INFINITY;
  readonly #turn: Turn;
  readonly #onFree: (connection: Connection) => void;
  readonly #onGone: (connection: Connection) => void;
  readonly #parser: ResponseParser;
  #phase: Phase = "idle";
  #exchangee: Exchangee | undefined;
  #response: Response | undefined;
  #reusable = false;
  #gone = false;
  #shared = false;
  /** Bytes came since the request was sent. */
  #heard = false;
  #outgoing = "";
  #outgoingBody: Uint8Array | null = null;

  constructor(
    socket: Socket,
    bornAt: number,
    feed: Feed,
    turn: Turn,
    onFree: (connection: Connection) => void,
    onGone: (connection: Connection) => void,
  ) {
    this.socket = socket;
    this.bornAt = bornAt;
    this.#turn = turn;
    this.#onFree = onFree;
    this.#onGone = onGone;
    this.#parser = new ResponseParser({
      head: (status, headers, keepAlive) => this.#head(status, headers, keepAlive),
      body: (bytes) => this.#response?.data(this.#shared ? Buffer.from(bytes) : bytes),
      end: (clean) => this.#end(clean),
    });
    feed.take = (bytes, length, shared) => {
      this.#shared = shared;
      this.#data(bytes, length);
    };
    socket.on("end", () => this.#ended());
    socket.on("error", (e: Error) => this.#broke(e.message, false));
    socket.on("close", () => this.#broke("the connection was closed", false));
    socket.resume();
  }

  /** True when it can carry the next request. */
  get free(): boolean {
    return this.#phase === "idle" && !this.socket.destroyed && this.socket.writable;
  }

  /** Sends a request. `head` is the request head in latin1 with its blank line. */
  send(head: string, body: Uint8Array | null, isHead: boolean, exchangee: Exchangee): void {
    this.uses += 1;
    this.#phase = "awaiting";
    this.#exchangee = exchangee;
    this.#response = undefined;
    this.#heard = false;
    this.#parser.expect(isHead);
    // Requests that come about in one turn of the loop leave one after the other at its end: the upstream, and the
    // kernel that has to wake it, then work on all of them at once instead of being called for each.
    this.#outgoing = head;
    this.#outgoingBody = body;
    this.#turn.last(this);
  }

  endOfTurn(): void {
    const { socket } = this;
    const head = this.#outgoing;
    const body = this.#outgoingBody;
    this.#outgoing = "";
    this.#outgoingBody = null;
    if (head === "" || socket.destroyed) return;
    if (body === null || body.length === 0) socket.write(head, "latin1");
    // One string of latin1 goes out in one system call, without a buffer being made for it.
    else if (body.length <= ONE_WRITE) socket.write(head + latin1(body), "latin1");
    else {
      socket.cork();
      socket.write(head, "latin1");
      socket.write(body);
      socket.uncork();
    }
  }

  /** Ends it, whatever it is doing; whoever waits for it is not told. */
  destroy(): void {
    this.#phase = "dead";
    this.#exchangee = undefined;
    this.#response = undefined;
    this.socket.destroy();
    this.#left();
  }

  #data(chunk: Buffer, length: number): void {
    if (this.#phase === "dead") return;
    this.#heard = true;
    let asked: boolean;
    try {
      asked = this.#parser.push(chunk, length);
    } catch (e) {
      this.#broke((e as Error).message, true);
      return;
    }
    if (!asked && !this.socket.destroyed) this.#broke("the upstream sent bytes that nobody asked for", true);
  }

  #head(status: number, headers: string[], keepAlive: boolean): void {
    // A response that overtakes its request leaves a connection on which the rest of the request is still to come.
    this.#reusable = keepAlive && this.socket.writableLength === 0;
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if (name.length === 10 && name.toLowerCase() === "keep-alive") {
        const seconds = /timeout=(\d+)/.exec(headers[i + 1] as string)?.[1];
        if (seconds !== undefined) this.serverIdleMs = Math.max(0, Number(seconds) * 1_000 - 1_000);
      }
    }
    this.#phase = "body";
    const exchangee = this.#exchangee;
    this.#exchangee = undefined;
    this.#response = new Response(this);
    exchangee?.head(status, headers, this.#response);
  }

  #end(clean: boolean): void {
    const response = this.#response;
    this.#response = undefined;
    if (this.#phase === "dead") return;
    // What follows the response unasked must not be taken for the answer to the next request.
    if (clean && this.#reusable && !this.socket.destroyed) {
      this.#phase = "idle";
      if (this.socket.isPaused()) this.socket.resume();
      this.#onFree(this);
    } else {
      this.#phase = "dead";
      this.socket.destroy();
      this.#left();
    }
    response?.end();
  }

  #ended(): void {
    if (this.#phase === "body" && this.#parser.untilClose) {
      this.#end(false);
    } else this.#broke("the upstream closed the connection", false);
  }

  #broke(reason: string, parse: boolean): void {
    const phase = this.#phase;
    this.#phase = "dead";
    this.socket.destroy();
    this.#left();
    if (phase === "awaiting") {
      const exchangee = this.#exchangee;
      this.#exchangee = undefined;
      exchangee?.lost(reason, parse ? "protocol" : this.uses > 1 && !this.#heard ? "stale" : "lost");
    } else if (phase === "body") {
      const response = this.#response;
      this.#response = undefined;
      response?.fail(reason);
    }
  }

  #left(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#onGone(this);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** The source of one response. It lets go of its connection when that response is over: the next request may be on it. */
class Response implements Source {
  #connection: Connection | undefined;
  #sink: SourceSink | undefined;
  #early: Buffer[] = [];
  #earlyBytes = 0;
  #over: (() => void) | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  start(sink: SourceSink): void {
    this.#sink = sink;
    if (this.#earlyBytes > EARLY_LIMIT) this.#connection?.socket.resume();
    const early = this.#early;
    this.#early = [];
    for (const chunk of early) this.#sink?.data(chunk);
    this.#over?.();
  }

  pause(): void {
    this.#connection?.socket.pause();
  }

  resume(): void {
    this.#connection?.socket.resume();
  }

  cancel(): void {
    this.#sink = undefined;
    this.#early = [];
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  data(bytes: Buffer): void {
    if (this.#sink !== undefined) {
      this.#sink.data(bytes);
      return;
    }
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
    if (this.#earlyBytes > EARLY_LIMIT) this.#connection?.socket.pause();
  }

  end(): void {
    this.#connection = undefined;
    this.#tell((sink) => sink.end());
  }

  fail(reason: string): void {
    this.#connection = undefined;
    this.#tell((sink) => sink.fail(reason));
  }

  #tell(what: (sink: SourceSink) => void): void {
    this.#over = () => {
      const sink = this.#sink;
      this.#sink = undefined;
      this.#over = undefined;
      if (sink !== undefined) what(sink);
    };
    if (this.#sink !== undefined) this.#over();
  }
}
