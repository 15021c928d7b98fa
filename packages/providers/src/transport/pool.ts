// The pool of one endpoint: keeps connections alive, bounds how many there are, and lets requests wait for one.

import type { Source } from "@fairlead/engine";
import { type Runtime, type Signal, Turn } from "@fairlead/runtime";
import { Connection } from "./connection.ts";
import { type DialError, type DialStage, dial, type Feed, readBuffer } from "./dial.ts";
import { type Endpoint, type EndpointOptions, endpoint } from "./endpoint.ts";

/** A request as it goes out. */
export interface WireRequest {
  readonly method: string;
  /** Path with query, beginning with a slash; the endpoint's prefix goes before it. */
  readonly path: string;
  /** Header lines, each ending in CR LF, without host, content-length and connection. Latin1. */
  readonly headers: string;
  readonly body: Uint8Array | null;
}

/** What came back: a response head with its source, or where it failed. */
export type WireResult =
  | { readonly ok: true; readonly status: number; readonly headers: readonly string[]; readonly source: Source }
  | {
      readonly ok: false;
      /** `stale` = a connection that had been used before ended without a byte of the response, `lost` = one ended before the head, `protocol` = the upstream broke HTTP. */
      readonly stage: DialStage | "stale" | "lost" | "protocol" | "aborted";
      readonly reason: string;
      /** True when no byte of the request went out. */
      readonly unsent: boolean;
    };

/** Counts of a pool, for snapshots and metrics. */
export interface PoolStats {
  readonly active: number;
  readonly idle: number;
  readonly connecting: number;
  readonly waiting: number;
  /** Connections made since start, and requests carried. */
  readonly made: number;
  readonly requests: number;
}

interface Waiter {
  give(connection: Connection): void;
  fail(error: DialError): void;
}

/** Connections to one endpoint. */
export class Pool {
  readonly endpoint: Endpoint;
  readonly #rt: Runtime;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<Connection>();
  readonly #waiting: Waiter[] = [];
  readonly #buffer = readBuffer();
  readonly #turn = new Turn();
  #connecting = 0;
  #made = 0;
  #requests = 0;
  #closed = false;

  constructor(options: EndpointOptions, rt: Runtime) {
    this.endpoint = endpoint(options);
    this.#rt = rt;
  }

  /** Sends one request. Never rejects. */
  send(request: WireRequest, signal: Signal): Promise<WireResult> {
    return new Promise((resolve) => {
      if (signal.aborted) {
        resolve({ ok: false, stage: "aborted", reason: signal.reason ?? "", unsent: true });
        return;
      }
      const connection = this.#takeIdle();
      if (connection !== undefined) this.#run(connection, request, signal, resolve);
      else this.#wait(request, signal, resolve);
    });
  }

  /** Counts as of now. */
  stats(): PoolStats {
    return {
      active: this.#all.size - this.#idle.length,
      idle: this.#idle.length,
      connecting: this.#connecting,
      waiting: this.#waiting.length,
      made: this.#made,
      requests: this.#requests,
    };
  }

  /** Closes idle connections and takes no new ones; running responses go on. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  #takeIdle(): Connection | undefined {
    const now = this.#rt.clock.now();
    // The newest first: the others grow old and are let go.
    for (;;) {
      const connection = this.#idle.pop();
      if (connection === undefined) return undefined;
      const idleFor = now - connection.idleSince;
      if (
        connection.free &&
        idleFor < Math.min(this.endpoint.idleMs, connection.serverIdleMs) &&
        !this.#tooOld(connection, now)
      ) {
        connection.socket.ref();
        return connection;
      }
      connection.destroy();
    }
  }

  #tooOld(connection: Connection, now: number): boolean {
    return now - connection.bornAt > this.endpoint.maxAgeMs;
  }

  #wait(request: WireRequest, signal: Signal, resolve: (result: WireResult) => void): void {
    let over = false;
    const waiter: Waiter = {
      give: (connection) => {
        over = true;
        stop();
        this.#run(connection, request, signal, resolve);
      },
      fail: (error) => {
        over = true;
        stop();
        resolve({ ok: false, stage: error.stage, reason: error.message, unsent: true });
      },
    };
    this.#waiting.push(waiter);
    const stop = signal.onAbort((reason) => {
      if (over) return;
      this.#drop(waiter);
      resolve({ ok: false, stage: "aborted", reason, unsent: true });
    });
    this.#grow();
  }

  #drop(waiter: Waiter): void {
    const at = this.#waiting.indexOf(waiter);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Dials as long as somebody waits for whom no dial is under way. */
  #grow(): void {
    while (
      this.#connecting < this.#waiting.length &&
      this.#all.size + this.#connecting < this.endpoint.maxConnections
    ) {
      this.#connecting += 1;
      this.#dial();
    }
  }

  #dial(): void {
    const feed: Feed = { take: () => {} };
    dial(this.endpoint, this.#rt.clock, this.#buffer, feed).then(
      (socket) => {
        this.#connecting -= 1;
        this.#made += 1;
        const connection = new Connection(
          socket,
          this.#rt.clock.now(),
          feed,
          this.#turn,
          (free) => this.#freed(free),
          (gone) => this.#gone(gone),
        );
        this.#all.add(connection);
        this.#freed(connection);
      },
      (error: DialError) => {
        this.#connecting -= 1;
        this.#waiting.shift()?.fail(error);
        this.#grow();
      },
    );
  }

  #freed(connection: Connection): void {
    const now = this.#rt.clock.now();
    if (this.#tooOld(connection, now) || (this.#closed && this.#waiting.length === 0)) {
      connection.destroy();
      this.#grow();
      return;
    }
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.give(connection);
      return;
    }
    connection.idleSince = now;
    // An idle connection must not keep a program alive that is otherwise done.
    connection.socket.unref();
    this.#idle.push(connection);
  }

  #gone(connection: Connection): void {
    this.#all.delete(connection);
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#grow();
  }

  #run(connection: Connection, request: WireRequest, signal: Signal, resolve: (result: WireResult) => void): void {
    this.#requests += 1;
    const to = this.endpoint;
    // A plain-text proxy is told the whole address; everything else gets the path.
    const path =
      to.proxy !== undefined && !to.secure
        ? `http://${to.authority}${to.prefix}${request.path}`
        : to.prefix + request.path;
    const proxyLine =
      to.proxy?.authorization !== undefined && !to.secure ? `Proxy-Authorization: ${to.proxy.authorization}\r\n` : "";
    const length =
      request.body === null
        ? request.method === "POST" || request.method === "PUT"
          ? "Content-Length: 0\r\n"
          : ""
        : `Content-Length: ${request.body.length}\r\n`;
    const head = `${request.method} ${path} HTTP/1.1\r\nHost: ${to.authority}\r\n${proxyLine}${request.headers}${length}\r\n`;
    let settled = false;
    const stop = signal.onAbort((reason) => {
      settled = true;
      connection.destroy();
      resolve({ ok: false, stage: "aborted", reason, unsent: false });
    });
    if (settled) return;
    connection.send(head, request.body, request.method === "HEAD", {
      head: (status, headers, source) => {
        // The listener above holds the whole request; the one that replaces it for the time of the answer does not.
        stop();
        cancelWith(signal, source);
        resolve({ ok: true, status, headers, source });
      },
      lost: (reason, stage) => {
        stop();
        resolve({ ok: false, stage, reason, unsent: false });
      },
    });
  }
}

function cancelWith(signal: Signal, source: Source): void {
  signal.onAbort(() => source.cancel());
}
