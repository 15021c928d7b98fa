// One request and its answer on a real socket: head, body with backpressure, waiting, and every way to break off.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "@fairlead/runtime";
import type { LogEntry } from "./request-log.ts";

/** What a region hands to the routes. */
export interface ExchangeFacts {
  req: IncomingMessage;
  res: ServerResponse;
  region: string;
  entry: LogEntry;
  requestId: string;
  clock: Clock;
  /** Wall time of a moment of the monotonic clock, ms. */
  wallAt(now: number): number;
}

/** A request being answered. All waiting ends early when the client leaves. */
export class Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly socket: Socket;
  readonly region: string;
  readonly entry: LogEntry;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly arrivedAt: number;
  readonly #clock: Clock;
  readonly #wallAt: (now: number) => number;
  readonly #leavers = new Set<() => void>();
  #over = false;

  constructor(facts: ExchangeFacts) {
    this.req = facts.req;
    this.res = facts.res;
    this.socket = facts.req.socket;
    this.region = facts.region;
    this.entry = facts.entry;
    this.requestId = facts.requestId;
    this.#clock = facts.clock;
    this.#wallAt = facts.wallAt;
    this.arrivedAt = facts.clock.now();
    this.method = facts.req.method ?? "GET";
    const target = facts.req.url ?? "/";
    const mark = target.indexOf("?");
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
    this.res.once("close", () => this.#close());
    this.res.on("error", () => {});
    this.req.on("error", () => {});
  }

  /** The client is gone, or the answer was finished or broken off: nothing more can be said. */
  get over(): boolean {
    return this.#over;
  }

  /** Runs once when the exchange is over, at once if it is. Returns the way to stop listening. */
  onOver(run: () => void): () => void {
    if (this.#over) run();
    else this.#leavers.add(run);
    return () => {
      this.#leavers.delete(run);
    };
  }

  /** A single request header, lower-case name; of repeated ones the first. */
  header(name: string): string | undefined {
    return this.req.headersDistinct[name]?.[0];
  }

  /** Sets status and headers; they leave with the first bytes of body, or with `flushHead`. */
  head(status: number, headers: Record<string, string>): void {
    if (this.#over) return;
    this.entry.status = status;
    this.entry.headAt = this.now();
    this.res.writeHead(status, headers);
  }

  /** Sends the head by itself, before any body. */
  flushHead(): Promise<void> {
    if (this.#over) return Promise.resolve();
    this.res.flushHeaders();
    return this.flush();
  }

  /** Writes body bytes. True when more may follow at once; otherwise a promise that waits for room: false when over. */
  write(bytes: string | Buffer): true | Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    this.entry.firstByteAt ??= this.now();
    this.entry.bytesOut += typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
    if (this.res.write(bytes)) return true;
    return new Promise((resolve) => {
      const done = () => {
        this.res.off("drain", done);
        stop();
        resolve(!this.#over);
      };
      this.res.once("drain", done);
      const stop = this.onOver(done);
    });
  }

  /** Resolves when everything written has been handed to the kernel, or the exchange is over. */
  flush(): Promise<void> {
    if (this.#over || this.socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.onOver(resolve);
      // Node corks the writes of a tick; an empty write comes after them and reports when they are out.
      this.socket.write("", () => {
        stop();
        resolve();
      });
    });
  }

  /** Ends the answer as HTTP has it. */
  end(bytes?: string | Buffer): void {
    if (this.#over) return;
    if (bytes !== undefined) {
      this.entry.firstByteAt ??= this.now();
      this.entry.bytesOut += typeof bytes === "string" ? Buffer.byteLength(bytes) : bytes.length;
    }
    if (this.entry.ended === "open") this.entry.ended = "complete";
    this.res.end(bytes);
  }

  /** Answers in one piece. */
  reply(status: number, headers: Record<string, string>, body: string | Buffer): void {
    this.head(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    this.end(body);
  }

  /** Breaks off after what was written has left: `fin` closes the connection, `reset` sends RST. */
  async breakOff(how: "fin" | "reset"): Promise<void> {
    this.entry.ended = "fault";
    await this.flush();
    // A reset may overtake what the peer's kernel has not handed on yet.
    if (how === "reset" && this.entry.headAt !== undefined) await this.wait(10);
    // A socket whose own end is under way cannot be reset; libuv refuses, and Node would never close its handle.
    if (how === "reset" && this.socket.writableEnded) this.socket.destroy();
    else if (how === "reset") this.socket.resetAndDestroy();
    else this.socket.destroySoon();
    await this.waitForever();
  }

  /** Waits on the runtime's clock. False when the exchange was over before the time was. */
  wait(ms: number): Promise<boolean> {
    if (this.#over) return Promise.resolve(false);
    if (ms <= 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = this.#clock.timer(ms, () => {
        stop();
        resolve(true);
      });
      const stop = this.onOver(() => {
        timer.cancel();
        resolve(false);
      });
    });
  }

  /** Waits until the client gives up. */
  waitForever(): Promise<void> {
    return new Promise((resolve) => {
      this.onOver(resolve);
    });
  }

  /** Wall time, ms with fractions, steady within the run. */
  now(): number {
    return this.#wallAt(this.#clock.now());
  }

  /** Milliseconds since the request arrived. */
  age(): number {
    return this.#clock.now() - this.arrivedAt;
  }

  /** The region saw the client's side of the connection end. */
  clientLeft(): void {
    if (this.#over || this.res.writableFinished) return;
    this.entry.disconnectedAt ??= this.now();
    if (this.entry.ended === "open" || this.entry.ended === "complete") this.entry.ended = "client-left";
    this.#close();
  }

  #close(): void {
    if (this.#over) return;
    this.#over = true;
    this.entry.endedAt = this.now();
    if (!this.res.writableFinished && (this.entry.ended === "open" || this.entry.ended === "complete")) {
      this.entry.ended = "client-left";
      this.entry.disconnectedAt ??= this.now();
    }
    const leavers = [...this.#leavers];
    this.#leavers.clear();
    for (const run of leavers) run();
  }
}
