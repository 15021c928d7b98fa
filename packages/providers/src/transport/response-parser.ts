// HTTP/1.1 responses as a byte machine: head, then body by length, by chunks, or until the connection closes.

/** What the parser tells. `body` bytes are valid only during the call: copy what is kept. */
export interface ResponseEvents {
  head(status: number, headers: string[], keepAlive: boolean): void;
  body(bytes: Buffer): void;
  /** The response is complete as its framing says. `clean` is false when bytes follow it that no request asked for. */
  end(clean: boolean): void;
}

/** The head, trailers and each chunk-size line together may not be longer than this, bytes. Node's own servers allow 16 KiB. */
const MAX_HEAD = 131_072;
const MAX_CHUNK_LINE = 4_096;

type State = "head" | "length" | "close" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "done";

/** Parses one response after another. Throws an Error with a plain sentence when the upstream breaks the protocol. */
export class ResponseParser {
  readonly #events: ResponseEvents;
  #state: State = "done";
  #noBody = false;
  #left = 0;
  #pieces: Buffer[] = [];
  #piecesBytes = 0;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** Awaits the response to a request that was just sent. `head` = it was a HEAD request: there is no body. */
  expect(head: boolean): void {
    this.#state = "head";
    this.#noBody = head;
    this.#pieces = [];
    this.#piecesBytes = 0;
  }

  /** True while the end of the body is told only by the end of the connection. */
  get untilClose(): boolean {
    return this.#state === "close";
  }

  /** True when no response is awaited. */
  get idle(): boolean {
    return this.#state === "done";
  }

  /**
   * Takes bytes off the wire: the first `length` of `chunk`. Returns false when bytes came that no request asked for.
   */
  push(chunk: Buffer, length = chunk.length): boolean {
    let at = 0;
    while (at < length) {
      switch (this.#state) {
        case "done":
          return false;
        case "head":
          at = this.#head(length === chunk.length ? chunk : chunk.subarray(0, length), at);
          break;
        case "close":
          this.#events.body(chunk.subarray(at, length));
          return true;
        case "length":
        case "chunk-data": {
          const take = Math.min(this.#left, length - at);
          this.#left -= take;
          const piece = at === 0 && take === chunk.length ? chunk : chunk.subarray(at, at + take);
          at += take;
          this.#events.body(piece);
          if (this.#left === 0) {
            if (this.#state === "length") this.#finish(at === length);
            else if (this.#state === "chunk-data") this.#state = "chunk-end";
          }
          break;
        }
        case "chunk-size": {
          // The usual case, a whole size line in one piece, without making a view of it.
          if (this.#piecesBytes === 0) {
            let size = 0;
            let i = at;
            for (; i < at + 8 && i < length; i++) {
              const value = hexValue(chunk[i] as number);
              if (value < 0) break;
              size = size * 16 + value;
            }
            if (size > 0 && i + 1 < length && chunk[i] === 13 && chunk[i + 1] === 10) {
              this.#left = size;
              this.#state = "chunk-data";
              at = i + 2;
              break;
            }
          }
          at = this.#line(length === chunk.length ? chunk : chunk.subarray(0, length), at);
          break;
        }
        case "chunk-end":
          if (this.#piecesBytes === 0 && at + 1 < length && chunk[at] === 13 && chunk[at + 1] === 10) {
            this.#state = "chunk-size";
            at += 2;
            break;
          }
          at = this.#line(length === chunk.length ? chunk : chunk.subarray(0, length), at);
          break;
        default:
          at = this.#line(length === chunk.length ? chunk : chunk.subarray(0, length), at);
      }
    }
    return true;
  }

  #finish(clean: boolean): void {
    this.#state = "done";
    this.#events.end(clean);
  }

  #head(chunk: Buffer, at: number): number {
    let block = at === 0 ? chunk : chunk.subarray(at);
    const had = this.#piecesBytes;
    if (had > 0) {
      this.#pieces.push(block);
      block = Buffer.concat(this.#pieces);
    }
    const end = block.indexOf("\r\n\r\n", Math.max(0, had - 3), "latin1");
    if (end < 0) {
      if (block.length > MAX_HEAD) throw new Error(`response headers are longer than ${MAX_HEAD} bytes`);
      // The chunk lives in a buffer that the next read overwrites.
      this.#pieces = [had > 0 ? block : Buffer.from(block)];
      this.#piecesBytes = block.length;
      return chunk.length;
    }
    this.#pieces = [];
    this.#piecesBytes = 0;
    const next = at + (end + 4 - had);
    this.#readHead(block.toString("latin1", 0, end), next === chunk.length);
    return next;
  }

  #readHead(text: string, last: boolean): void {
    const lineEnd = text.indexOf("\r\n");
    const first = lineEnd < 0 ? text : text.slice(0, lineEnd);
    if (!/^HTTP\/1\.[01] [1-5]\d\d(?: |$)/.test(first))
      throw new Error(`not an HTTP/1 status line: ${JSON.stringify(first.slice(0, 40))}`);
    const status = Number(first.slice(9, 12));
    let keepAlive = first.charCodeAt(7) === 49;
    const headers: string[] = [];
    let length = -1;
    let chunked = false;
    let encoded = false;
    let pos = lineEnd < 0 ? text.length : lineEnd + 2;
    while (pos < text.length) {
      let next = text.indexOf("\r\n", pos);
      if (next < 0) next = text.length;
      const colon = text.indexOf(":", pos);
      // A blank at either end of a name is a folded line, or a header that other readers do not take for one.
      if (colon <= pos || colon > next || text.charCodeAt(pos) <= 32 || text.charCodeAt(colon - 1) <= 32)
        throw new Error(`not a header line: ${JSON.stringify(text.slice(pos, Math.min(next, pos + 40)))}`);
      const name = text.slice(pos, colon);
      const value = trimmed(text, colon + 1, next);
      pos = next + 2;
      headers.push(name, value);
      switch (name.length) {
        case 10:
          if (name.toLowerCase() === "connection") {
            const words = value.toLowerCase();
            if (words.includes("close")) keepAlive = false;
            else if (words.includes("keep-alive")) keepAlive = true;
          }
          break;
        case 14:
          if (name.toLowerCase() === "content-length") {
            if (!/^\d{1,15}$/.test(value) || (length >= 0 && length !== Number(value))) {
              throw new Error(`bad content-length ${JSON.stringify(value)}`);
            }
            length = Number(value);
          }
          break;
        case 17:
          if (name.toLowerCase() === "transfer-encoding") {
            encoded = true;
            chunked = value.toLowerCase() === "chunked";
          }
          break;
        default:
      }
    }
    if (status === 101) throw new Error("a switch of protocols that nobody asked for");
    if (status < 200) {
      // 100 Continue, 103 Early Hints: the real response follows.
      this.#state = "head";
      return;
    }
    if (encoded && length >= 0) throw new Error("both content-length and transfer-encoding");
    if (encoded && !chunked) throw new Error("a transfer-encoding other than chunked");
    const bodiless = this.#noBody || status === 204 || status === 304;
    if (bodiless || length === 0) this.#state = "done";
    else if (chunked) this.#state = "chunk-size";
    else if (length > 0) {
      this.#state = "length";
      this.#left = length;
    } else {
      this.#state = "close";
      keepAlive = false;
    }
    this.#events.head(status, headers, keepAlive);
    if (bodiless || length === 0) this.#events.end(last);
  }

  /** Reads one line of chunk framing or trailers, which may come in pieces. */
  #line(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(10, at);
    const stop = end < 0 ? chunk.length : end + 1;
    const piece = chunk.subarray(at, stop);
    this.#piecesBytes += piece.length;
    if (this.#piecesBytes > MAX_CHUNK_LINE) throw new Error("a line of chunk framing is too long");
    if (end < 0) {
      this.#pieces.push(Buffer.from(piece));
      return stop;
    }
    let line: Buffer = piece;
    if (this.#pieces.length > 0) {
      this.#pieces.push(piece);
      line = Buffer.concat(this.#pieces);
      this.#pieces = [];
    }
    this.#piecesBytes = 0;
    if (line.length < 2 || line[line.length - 2] !== 13)
      throw new Error("a line of chunk framing does not end in CR LF");
    this.#framing(line, stop === chunk.length);
    return stop;
  }

  #framing(line: Buffer, last: boolean): void {
    if (this.#state === "chunk-end") {
      if (line.length !== 2) throw new Error("a chunk is longer than its size says");
      this.#state = "chunk-size";
      return;
    }
    if (this.#state === "trailers") {
      if (line.length === 2) this.#finish(last);
      return;
    }
    let size = 0;
    let digits = 0;
    for (; digits < line.length - 2; digits++) {
      const value = hexValue(line[digits] as number);
      if (value < 0) break;
      size = size * 16 + value;
    }
    const after = line[digits];
    // 13 digits of 4 bits stay below 2^53.
    if (digits === 0 || digits > 13 || !(after === 13 || after === 59 || after === 32)) {
      throw new Error(`not a chunk size: ${JSON.stringify(line.toString("latin1", 0, 20))}`);
    }
    if (size === 0) this.#state = "trailers";
    else {
      this.#left = size;
      this.#state = "chunk-data";
    }
  }
}

function hexValue(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  if (byte >= 97 && byte <= 102) return byte - 87;
  if (byte >= 65 && byte <= 70) return byte - 55;
  return -1;
}

/** The text in [from, to) without blanks around it: one slice, where most values have one blank before them. */
function trimmed(text: string, from: number, to: number): string {
  const start = text.charCodeAt(from) === 32 ? from + 1 : from;
  if (start >= to) return "";
  const odd = text.charCodeAt(start) <= 32 || text.charCodeAt(to - 1) <= 32 || text.charCodeAt(start) >= 127;
  return odd || text.charCodeAt(to - 1) >= 127 ? text.slice(start, to).trim() : text.slice(start, to);
}
