// Cuts a byte stream of server-sent events at frame boundaries without changing a byte.

const LF = 10;
const CR = 13;
const BOM = [0xef, 0xbb, 0xbf] as const;
const EMPTY = Buffer.alloc(0);

/**
 * Splits SSE bytes into whole frames under any chunking.
 *
 * A frame is a run of lines together with the blank line that ends it. Line ends may be LF, CRLF, CR, or a mixture, and
 * a leading BOM belongs to the first frame. Blank lines that follow a boundary are complete bytes, but no frame: `onFrame`
 * never sees an empty one. A boundary that ends in CR at the end of a chunk is complete at once; when the next chunk
 * begins with LF, that LF belongs to the same line end and goes out with that chunk's complete bytes, in no frame.
 *
 * Buffers are kept and handed on, not copied: the caller must not write into a chunk after pushing it.
 */
export class SseSplitter {
  readonly #onFrame: (frame: Buffer) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Whether the current line has no byte yet. */
  #emptyLine = true;
  /** Whether the last byte of the last chunk was a CR, whose LF may still come. */
  #afterCr = false;
  /** How many bytes of a BOM were met at the start of the stream; 3 once that question is settled. */
  #bom = 0;

  /** @param onFrame gets the raw bytes of each complete frame, its blank line included, in order. */
  constructor(onFrame: (frame: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** How many bytes of an unfinished frame are held back. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Takes the next bytes and returns all that are now complete: everything up to the last boundary seen so far.
   * All results and `rest()`, joined, are the input. With nothing held and a chunk that ends on a boundary, the result is
   * the chunk itself.
   */
  push(chunk: Buffer): Buffer {
    if (chunk.length === 0) return EMPTY;
    let buffer = chunk;
    let from = 0;
    let start = 0;
    if (this.#bom < BOM.length) from = this.#skipBom(chunk);
    if (this.#afterCr) {
      this.#afterCr = false;
      if (chunk[0] === LF) {
        from = 1;
        if (this.#heldBytes === 0) start = 1;
      }
    }
    const plain = chunk.indexOf(CR) < 0;
    for (;;) {
      let end = plain ? this.#nextLf(buffer, from) : this.#nextAny(buffer, from);
      if (end < 0) break;
      if (this.#heldBytes > 0) {
        end += this.#heldBytes;
        this.#held.push(chunk);
        buffer = Buffer.concat(this.#held, this.#heldBytes + chunk.length);
        this.#held = [];
        this.#heldBytes = 0;
      }
      const first = buffer[start];
      if (first !== LF && first !== CR) {
        this.#onFrame(start === 0 && end === buffer.length ? buffer : buffer.subarray(start, end));
      }
      start = end;
      from = end;
    }
    if (start === buffer.length) return buffer;
    this.#hold(buffer === chunk || start === 0 ? buffer.subarray(start) : Buffer.from(buffer.subarray(start)));
    return start === 0 ? EMPTY : buffer.subarray(0, start);
  }

  /** Gives back the bytes of the unfinished frame, and holds nothing from then on. */
  rest(): Buffer {
    const held = this.#held;
    const rest = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#emptyLine = true;
    return rest;
  }

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  /** The end of the next blank line when there is no CR in the buffer, or -1. */
  #nextLf(buffer: Buffer, from: number): number {
    let at = from;
    let empty = this.#emptyLine;
    while (at < buffer.length) {
      if (empty && buffer[at] === LF) {
        this.#emptyLine = true;
        return at + 1;
      }
      const end = buffer.indexOf(LF, at);
      if (end < 0) {
        this.#emptyLine = false;
        return -1;
      }
      at = end + 1;
      empty = true;
    }
    this.#emptyLine = empty;
    return -1;
  }

  /** The end of the next blank line by any line end, or -1. */
  #nextAny(buffer: Buffer, from: number): number {
    const length = buffer.length;
    let empty = this.#emptyLine;
    let at = from;
    while (at < length) {
      const byte = buffer[at];
      at += 1;
      if (byte !== LF && byte !== CR) {
        empty = false;
        continue;
      }
      if (byte === CR) {
        if (at === length) this.#afterCr = true;
        else if (buffer[at] === LF) at += 1;
      }
      if (empty) {
        this.#emptyLine = true;
        return at;
      }
      empty = true;
    }
    this.#emptyLine = empty;
    return -1;
  }

  #skipBom(chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && this.#bom < BOM.length) {
      if (chunk[at] === BOM[this.#bom]) {
        this.#bom += 1;
        at += 1;
      } else {
        if (this.#bom > 0) this.#emptyLine = false;
        this.#bom = BOM.length;
      }
    }
    return at;
  }
}
