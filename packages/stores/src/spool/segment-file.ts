// One segment as a file: written at its end, read back whole, cut where its tail is torn.

import {
  close,
  closeSync,
  fdatasync,
  fsync,
  ftruncateSync,
  open,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { StoreError } from "../store-error.ts";
import { type BadStretch, FRAME_BYTES, MAX_PAYLOAD, putRecord, SEGMENT_HEADER, scanRecords } from "./record-frame.ts";

/** What was found wrong with a segment, and what was done about it. */
export interface SpoolReport {
  readonly segment: string;
  /** `torn` its last bytes were no whole record and were cut off; `bad` bytes between records were set aside; `gone` it was removed. */
  readonly what: "torn" | "bad" | "gone";
  /** Where, and how many bytes. */
  readonly at: number;
  readonly bytes: number;
  /** Where the bytes were put; undefined for a torn tail. */
  readonly aside?: string | undefined;
}

/** A segment that is being written to. */
export class SegmentFile {
  readonly path: string;
  #fd: number;
  #bytes: number;
  #buffer: Buffer;
  readonly #between: (() => void) | undefined;

  /** Creates the file, which must not exist. @param between called in the middle of each write, for tests */
  constructor(path: string, buffer: Buffer, between?: () => void) {
    this.path = path;
    this.#buffer = buffer;
    this.#between = between;
    try {
      this.#fd = openSync(path, "ax", 0o600);
    } catch (e) {
      throw diskError(path, e);
    }
    this.#bytes = 0;
    try {
      this.#write(SEGMENT_HEADER, SEGMENT_HEADER.length);
    } catch (e) {
      closeSync(this.#fd);
      // Each record tries it again: a full disk must not fill up with empty files.
      rmSync(path, { force: true });
      throw diskError(path, e);
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Adds a record: when this returns, the end of the process loses nothing of it. Throws a StoreError, and then adds nothing. */
  append(payload: string): void {
    let end = putRecord(this.#buffer, 0, payload);
    if (end < 0) {
      const length = Buffer.byteLength(payload);
      if (length > MAX_PAYLOAD)
        throw new StoreError(
          "invalid",
          `a record of the spool may have ${MAX_PAYLOAD} bytes at most, this one has ${length}`,
        );
      this.#buffer = Buffer.allocUnsafe(length + FRAME_BYTES);
      end = putRecord(this.#buffer, 0, payload);
    }
    try {
      this.#write(this.#buffer, end);
    } catch (e) {
      throw diskError(this.path, e);
    }
  }

  /** Asks the disk to keep what was written. */
  sync(done: (error: Error | null) => void): void {
    fdatasync(this.#fd, done);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(from: Buffer, length: number): void {
    const before = this.#bytes;
    let done = 0;
    try {
      if (this.#between !== undefined && length > 1) {
        done = writeSync(this.#fd, from, 0, length >> 1);
        this.#between();
      }
      while (done < length) {
        const wrote = writeSync(this.#fd, from, done, length - done);
        if (wrote === 0) throw Object.assign(new Error("nothing could be written"), { code: "ENOSPC" });
        done += wrote;
      }
    } catch (e) {
      // Half a record must not stand in front of whole ones.
      ftruncateSync(this.#fd, before);
      throw e;
    }
    this.#bytes = before + length;
  }
}

/** The payloads of a segment on disk, in order. Throws a StoreError: `newer` when a newer version wrote it. */
export function readSegment(path: string): string[] {
  const bytes = bytesOf(path);
  return scanRecords(bytes, headerEnd(path, bytes)).payloads.map(([from, to]) => bytes.toString("utf8", from, to));
}

/**
 * Puts a segment that somebody stopped writing into order: a torn tail is cut off, bad stretches are copied to files
 * beside it. Returns what was found. Throws a StoreError.
 */
export function mendSegment(path: string): readonly SpoolReport[] {
  const bytes = bytesOf(path);
  const from = headerEnd(path, bytes);
  const { bad, whole } = scanRecords(bytes, from);
  const segment = basename(path);
  const reports = bad.map((stretch) => setAside(path, segment, stretch));
  if (whole < bytes.length) {
    try {
      truncateSync(path, whole);
    } catch (e) {
      throw diskError(path, e);
    }
    reports.push({ segment, what: "torn", at: whole, bytes: bytes.length - whole });
  }
  return reports;
}

/** Removes a segment. Throws a StoreError; one that is gone already is fine. */
export function removeSegment(path: string): void {
  try {
    unlinkSync(path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== "ENOENT") throw diskError(path, e);
  }
}

/** Moves a whole file out of the way, such as one that is no segment. */
export function moveAside(path: string): string {
  const aside = asidePath(path, 0);
  renameSync(path, aside);
  return aside;
}

/** Makes the names in a folder as durable as what is in the files, soon. Errors are ignored: not every system can. */
export function syncFolder(folder: string): void {
  open(folder, "r", (failed, fd) => {
    // Windows cannot open a folder.
    if (failed === null) fsync(fd, () => close(fd));
  });
}

/** An error of the disk in clear words. */
export function diskError(path: string, e: unknown): StoreError {
  if (StoreError.is(e)) return e;
  const error = e as NodeJS.ErrnoException;
  const where = `the spool in ${dirname(path)}`;
  switch (error.code) {
    case "ENOSPC":
    case "EDQUOT":
      return new StoreError("full", `no space is left for ${where}: free some, or set data_dir to another disk`, e);
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return new StoreError(
        "unavailable",
        `${where} cannot be written (${error.code}): give this user the right to write there, or set data_dir to another folder`,
        e,
      );
    default:
      return new StoreError("unavailable", `${where} does not work: ${error.message}`, e);
  }
}

function bytesOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (e) {
    throw diskError(path, e);
  }
}

/** Where the records begin. A file torn within its header holds none. */
function headerEnd(path: string, bytes: Buffer): number {
  const name = SEGMENT_HEADER.subarray(0, SEGMENT_HEADER.length - 1);
  if (bytes.length < SEGMENT_HEADER.length) return 0;
  const version = bytes[SEGMENT_HEADER.length - 1] as number;
  if (bytes.subarray(0, name.length).equals(name) && version > (SEGMENT_HEADER.at(-1) as number))
    throw new StoreError(
      "newer",
      `${path} was written by a newer version of Fairlead (form ${version}): start that version to empty it`,
    );
  // A damaged header is a bad stretch like any other, unless it is what it should be.
  return bytes.subarray(0, SEGMENT_HEADER.length).equals(SEGMENT_HEADER) ? SEGMENT_HEADER.length : 0;
}

function setAside(path: string, segment: string, { at, bytes }: BadStretch): SpoolReport {
  const aside = asidePath(path, at);
  try {
    writeFileSync(aside, bytes, { mode: 0o600 });
  } catch (e) {
    throw diskError(path, e);
  }
  return { segment, what: "bad", at, bytes: bytes.length, aside };
}

/** Beside the folders of the instances, so that nothing clears it away. */
function asidePath(path: string, at: number): string {
  const folder = dirname(path);
  return join(dirname(folder), `aside-${basename(folder)}-${basename(path)}-${at}.bad`);
}
