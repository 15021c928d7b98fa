// Counts of what runs, in one file whose places are written over: they change too often for a log.

import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The file, beside the segments. */
export const TALLY_FILE = "tally";
/** Bytes of an id: ASCII, filled up with zeros. */
const ID_BYTES = 24;
/** Id, count and time. A power of two, so that no place lies across two pages: what a killed process wrote is whole. */
const PLACE_BYTES = 32;
/** Places at first; there are twice as many whenever they do not suffice. */
const FIRST_PLACES = 64;

/** What stood in a place. */
export interface Counted {
  readonly count: number;
  readonly ms: number;
}

/**
 * The counts of one process. They live in memory until `write`; after it the process may be killed and they stand. A loss
 * of power may take them, and a disk that does not write them is no error: what must not be lost goes into the log.
 */
export class TallyFile {
  readonly #path: string;
  #bytes = Buffer.alloc(FIRST_PLACES * PLACE_BYTES);
  #fd: number | undefined;
  /** Places that were given back. */
  readonly #free: number[] = [];
  #used = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = 0;

  /** @param folder that of the segments; the file is made at the first write */
  constructor(folder: string) {
    this.#path = join(folder, TALLY_FILE);
  }

  /** A place for something that runs. @param id at most 24 characters of ASCII */
  take(id: string): number {
    const place = this.#free.pop() ?? this.#used++;
    const at = place * PLACE_BYTES;
    if (at >= this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
    this.#bytes.fill(0, at, at + PLACE_BYTES);
    this.#bytes.write(id, at, ID_BYTES, "latin1");
    return place;
  }

  /** What is counted so far, and at what time: whole numbers below 2^32. */
  set(place: number, count: number, ms: number): void {
    const at = place * PLACE_BYTES;
    this.#bytes.writeUInt32LE(count >>> 0, at + ID_BYTES);
    this.#bytes.writeUInt32LE(ms >>> 0, at + ID_BYTES + 4);
    if (at < this.#from) this.#from = at;
    if (at + PLACE_BYTES > this.#to) this.#to = at + PLACE_BYTES;
  }

  /** It does not run any more. What stands in its place says nothing from now on: its last record is in the log. */
  release(place: number): void {
    this.#free.push(place);
  }

  /** Writes what changed. Never throws. */
  write(): void {
    if (this.#to === 0) return;
    try {
      this.#fd ??= openSync(this.#path, "w", 0o600);
      writeSync(this.#fd, this.#bytes, this.#from, this.#to - this.#from, this.#from);
    } catch {
      this.close();
      // The next try writes all of them: the file may be another.
      this.#from = 0;
      return;
    }
    this.#from = Number.POSITIVE_INFINITY;
    this.#to = 0;
  }

  /** The file was taken away with its folder: the next write makes another, and all that is counted stands in it. */
  again(): void {
    this.close();
    this.#from = 0;
    this.#to = this.#used * PLACE_BYTES;
  }

  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      closeSync(fd);
    } catch {
      // There is nothing to be done about it.
    }
  }
}

/** What a process left in a folder, by id. Never throws: no file is no counts. */
export function readTally(folder: string): ReadonlyMap<string, Counted> {
  const counts = new Map<string, Counted>();
  let bytes: Buffer;
  try {
    bytes = readFileSync(join(folder, TALLY_FILE));
  } catch {
    return counts;
  }
  for (let at = 0; at + PLACE_BYTES <= bytes.length; at += PLACE_BYTES) {
    const id = bytes.toString("latin1", at, at + ID_BYTES).replace(/\0+$/, "");
    if (id === "") continue;
    counts.set(id, { count: bytes.readUInt32LE(at + ID_BYTES), ms: bytes.readUInt32LE(at + ID_BYTES + 4) });
  }
  return counts;
}
