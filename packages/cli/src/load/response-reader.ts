// Reads HTTP/1.1 answers off a connection, one after the other: head, body by its framing, end.

/** Who hears of what is read. Nothing is called after a fault. */
export interface ResponseEvents {
  /** `head` is everything up to the blank line, in lower case but for nothing else changed. */
  head(status: number, head: string): void;
  data(chunk: Buffer): void;
  /** The answer is whole as HTTP sees it. `keep`: the connection can take another request. */
  end(keep: boolean): void;
}

/** Longest head and longest line of a chunk's size that are read, bytes. */
const MAX_HEAD = 131_072;
const MAX_SIZE_LINE = 1_024;
const CRLF = "\r\n";

type Phase = "head" | "length" | "size" | "chunk" | "chunk-end" | "trailer" | "close";

/** A reader for one connection, which carries one request at a time. */
export class ResponseReader {
  readonly #events: ResponseEvents;
  #phase: Phase = "head";
  /** What of a head or of a size line has come. */
  #text = "";
  /** Bytes that are left of the body or of the chunk. */
  #left = 0;
  #keep = true;
  #begun = false;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** True once a byte of the answer that is being read has come. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Takes the next bytes. Returns what is wrong with them, or undefined. */
  push(chunk: Buffer): string | undefined {
    let at = 0;
    while (at < chunk.length) {
      this.#begun = true;
      switch (this.#phase) {
        case "head": {
          const before = this.#text.length;
          this.#text += chunk.toString("latin1", at);
          const end = this.#text.indexOf("\r\n\r\n", Math.max(0, before - 3));
          if (end < 0) return this.#text.length > MAX_HEAD ? "a head of more than 128 KB" : undefined;
          at += end + 4 - before;
          const head = this.#text.slice(0, end);
          this.#text = "";
          const fault = this.#head(head);
          if (fault !== undefined) return fault;
          break;
        }
        case "length":
        case "chunk": {
          const take = Math.min(this.#left, chunk.length - at);
          this.#left -= take;
          const whole = at === 0 && take === chunk.length;
          this.#events.data(whole ? chunk : chunk.subarray(at, at + take));
          at += take;
          if (this.#left > 0) break;
          if (this.#phase === "length") this.#ended();
          else this.#phase = "chunk-end";
          break;
        }
        case "close":
          this.#events.data(chunk.subarray(at));
          return undefined;
        default: {
          const line = this.#line(chunk, at);
          if (typeof line === "string") return line;
          at = line.next;
          if (line.text === undefined) break;
          const fault = this.#sizeLine(line.text);
          if (fault !== undefined) return fault;
        }
      }
    }
    return undefined;
  }

  /** The connection ended. Returns true when that is how the answer's end is told. */
  close(): boolean {
    if (this.#phase !== "close") return false;
    this.#keep = false;
    this.#ended();
    return true;
  }

  #head(head: string): string | undefined {
    const lower = head.toLowerCase();
    const found = /^http\/1\.([01]) (\d{3})/.exec(lower);
    if (found === null) return "an answer that is no HTTP/1.1";
    const status = Number(found[2]);
    if (status < 200) return undefined;
    const connection = headerOf(lower, "connection");
    this.#keep = found[1] === "1" ? connection !== "close" : connection === "keep-alive";
    this.#events.head(status, lower);
    if (status === 204 || status === 304) this.#ended();
    else if (headerOf(lower, "transfer-encoding")?.endsWith("chunked") === true) this.#phase = "size";
    else {
      const length = headerOf(lower, "content-length");
      if (length === undefined) this.#phase = "close";
      else if (!/^\d{1,15}$/.test(length)) return "a content-length that is no number";
      else {
        this.#left = Number(length);
        this.#phase = "length";
        if (this.#left === 0) this.#ended();
      }
    }
    return undefined;
  }

  /** The next line, or what has come of it kept for later. */
  #line(chunk: Buffer, at: number): { readonly text: string | undefined; readonly next: number } | string {
    const end = chunk.indexOf(10, at);
    this.#text += chunk.toString("latin1", at, end < 0 ? chunk.length : end + 1);
    if (this.#text.length > MAX_SIZE_LINE) return "a chunk whose size takes more than 1 KB to tell";
    if (end < 0) return { text: undefined, next: chunk.length };
    const text = this.#text;
    this.#text = "";
    return { text: text.endsWith(CRLF) ? text.slice(0, -2) : text.slice(0, -1), next: end + 1 };
  }

  #sizeLine(text: string): string | undefined {
    if (this.#phase === "chunk-end") {
      if (text !== "") return "a chunk that is longer than its size";
      this.#phase = "size";
      return undefined;
    }
    if (this.#phase === "trailer") {
      if (text === "") this.#ended();
      return undefined;
    }
    const size = /^([0-9a-f]{1,12})[ \t]*(?:;|$)/i.exec(text);
    if (size === null) return "a chunk without a size";
    this.#left = Number.parseInt(size[1] as string, 16);
    this.#phase = this.#left === 0 ? "trailer" : "chunk";
    return undefined;
  }

  #ended(): void {
    this.#phase = "head";
    this.#begun = false;
    this.#events.end(this.#keep);
  }
}

/** The value of a header in a head in lower case, or undefined. */
export function headerOf(head: string, name: string): string | undefined {
  const at = head.indexOf(`${CRLF}${name}:`);
  if (at < 0) return undefined;
  const from = at + name.length + 3;
  const end = head.indexOf(CRLF, from);
  return head.slice(from, end < 0 ? head.length : end).trim();
}
