// The log of one answer as it comes: what was said so far, for readers who are at different places in it.

/** Where a reader is: the number of the piece that it takes next. */
export interface LogPlace {
  at: number;
}

/**
 * Pieces of bytes in order, the oldest forgotten on demand. While `whole` nothing was forgotten, and who comes late can
 * begin at the beginning. Numbers of pieces never change.
 */
export class EventLog {
  #pieces: Buffer[] = [];
  /** Number of the oldest piece that is kept. */
  #first = 0;
  #bytes = 0;

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Number of the piece that comes next. */
  get end(): number {
    return this.#first + this.#pieces.length;
  }

  /** Whether it still begins at the beginning. */
  get whole(): boolean {
    return this.#first === 0;
  }

  /** Adds a piece. One that is a small part of a larger buffer is copied: it would keep all of that in memory. */
  add(piece: Buffer): Buffer {
    const own = piece.buffer.byteLength > 2 * piece.length ? Buffer.from(piece) : piece;
    this.#pieces.push(own);
    this.#bytes += own.length;
    return own;
  }

  /** The piece of a number, which must not be forgotten yet. */
  piece(at: number): Buffer {
    return this.#pieces[at - this.#first] as Buffer;
  }

  /** Forgets all before the piece of this number. Returns the bytes that became free. */
  forget(before: number): number {
    const count = Math.min(before, this.end) - this.#first;
    if (count <= 0) return 0;
    let freed = 0;
    for (let i = 0; i < count; i++) freed += (this.#pieces[i] as Buffer).length;
    this.#pieces = this.#pieces.slice(count);
    this.#first += count;
    this.#bytes -= freed;
    return freed;
  }
}
