// The log of what was received: every byte of every request, and how each one ended.

/** How an exchange ended. `open`: it has not. */
export type Ending = "open" | "complete" | "client-left" | "fault" | "refused" | "broken";

/** A fault that was chosen for a request. `fired` is false when its phase was never reached. */
export interface FaultMark {
  id: string;
  kind: string;
  phase: string;
  fired: boolean;
}

/** One request, or one connection that a fault ended before a request was read (`method` is then empty). Times: wall clock, ms, fractions allowed. */
export interface LogEntry {
  readonly id: number;
  readonly region: string;
  /** Number of the connection, from 1, and of the request on it, from 1. */
  readonly connection: number;
  readonly turn: number;
  readonly at: number;
  readonly method: string;
  readonly target: string;
  readonly httpVersion: string;
  /** Names and values as received, in order, duplicates kept. */
  readonly headers: ReadonlyArray<readonly [string, string]>;
  body: Buffer;
  /** False while the body is being read, and when the client left in the middle of it. */
  bodyComplete: boolean;
  bodyAt?: number;
  requestId: string;
  faults: FaultMark[];
  status?: number;
  headAt?: number;
  firstByteAt?: number;
  /** Bytes of body handed to the socket. */
  bytesOut: number;
  endedAt?: number;
  ended: Ending;
  /** When the client closed or reset the connection before the answer was complete. */
  disconnectedAt?: number;
}

/** A bounded list, oldest first. */
export class RequestLog {
  readonly #entries: LogEntry[] = [];
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #next = 1;
  /** Requests ever logged since the last clear, those that were dropped included. */
  total = 0;

  constructor(bounds: { maxEntries?: number; maxBytes?: number } = {}) {
    this.#maxEntries = bounds.maxEntries ?? 10_000;
    this.#maxBytes = bounds.maxBytes ?? 64 * 1024 * 1024;
  }

  /** The entries still held. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Begins an entry. */
  open(facts: Omit<LogEntry, "id" | "body" | "bodyComplete" | "faults" | "bytesOut" | "ended">): LogEntry {
    const entry: LogEntry = {
      ...facts,
      id: this.#next++,
      body: Buffer.alloc(0),
      bodyComplete: false,
      faults: [],
      bytesOut: 0,
      ended: "open",
    };
    this.#entries.push(entry);
    this.total += 1;
    this.#trim();
    return entry;
  }

  /** Stores the body that was read, as it was. */
  setBody(entry: LogEntry, body: Buffer, complete: boolean, at: number): void {
    entry.body = body;
    entry.bodyComplete = complete;
    entry.bodyAt = at;
    this.#bytes += body.length;
    this.#trim();
  }

  clear(): void {
    this.#entries.length = 0;
    this.#bytes = 0;
    this.total = 0;
  }

  /** The entries as JSON values, bodies in base64. `after`: only entries with a greater id. */
  toJson(options: { after?: number; limit?: number; bodies?: boolean } = {}): unknown[] {
    const wanted = this.#entries.filter((entry) => entry.id > (options.after ?? 0));
    const shown = options.limit === undefined ? wanted : wanted.slice(0, options.limit);
    return shown.map(({ body, ...rest }) => ({
      ...rest,
      bodyBytes: body.length,
      ...(options.bodies === false ? {} : { body: body.toString("base64") }),
    }));
  }

  #trim(): void {
    while (this.#entries.length > this.#maxEntries || (this.#bytes > this.#maxBytes && this.#entries.length > 1)) {
      const gone = this.#entries.shift();
      if (gone !== undefined) this.#bytes -= gone.body.length;
    }
  }
}
