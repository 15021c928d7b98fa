// The form of a segment: a header with a version, then records, each with a mark, its length and a checksum.

import { crc32c } from "./crc32c.ts";

/** First bytes of a segment: a name and the version of the form. */
export const SEGMENT_HEADER: Buffer = Buffer.from("FLSPOOL\u0001", "latin1");

/** Begins each record. 0xff is in no UTF-8 text, so that it cannot stand in a payload. */
const MARK = Buffer.from([0xff, 0xfe, 0x46, 0x4c]);
const MARK_NUMBER = MARK.readUInt32LE(0);
/** Mark, length and checksum, bytes. */
export const FRAME_BYTES = 12;
/** Longest payload, bytes. A row of the ledger takes about 1 KB; a list of iterations may be longer. */
export const MAX_PAYLOAD = 1_048_576;

/**
 * Writes a record into a buffer at a place; returns where it ends, or -1 when it does not fit. The checksum covers the
 * length and the payload.
 */
export function putRecord(into: Buffer, at: number, payload: string): number {
  const room = into.length - at - FRAME_BYTES;
  // A character takes at most three bytes of UTF-8.
  if (room < payload.length * 3 && room < Buffer.byteLength(payload)) return -1;
  const length = into.write(payload, at + FRAME_BYTES, "utf8");
  into.writeUInt32LE(MARK_NUMBER, at);
  into.writeUInt32LE(length, at + 4);
  const end = at + FRAME_BYTES + length;
  const sum = sumOf(into, at, end);
  into.writeUInt32LE(sum, at + 8);
  return end;
}

/** Bytes that are no record, in front of one that is. */
export interface BadStretch {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What a segment holds. */
export interface Scan {
  /** Where each whole payload stands, in order: start and end, bytes. */
  readonly payloads: ReadonlyArray<readonly [number, number]>;
  /** What stands between whole records and is none. */
  readonly bad: readonly BadStretch[];
  /** Where the last whole record ends: what follows is a torn tail. */
  readonly whole: number;
}

/** Finds every whole record in the bytes of a segment. Never throws. */
export function scanRecords(bytes: Buffer, from: number = SEGMENT_HEADER.length): Scan {
  const payloads: Array<readonly [number, number]> = [];
  const bad: BadStretch[] = [];
  let whole = Math.min(from, bytes.length);
  let at = whole;
  while (at < bytes.length) {
    const end = recordEnd(bytes, at);
    if (end > 0) {
      if (at > whole) bad.push({ at: whole, bytes: bytes.subarray(whole, at) });
      payloads.push([at + FRAME_BYTES, end]);
      at = end;
      whole = end;
    } else {
      const next = bytes.indexOf(MARK, at + 1);
      if (next < 0) break;
      at = next;
    }
  }
  return { payloads, bad, whole };
}

/** Where the record at a place ends, or 0 when there is no whole one. */
function recordEnd(bytes: Buffer, at: number): number {
  if (at + FRAME_BYTES > bytes.length || bytes.readUInt32LE(at) !== MARK_NUMBER) return 0;
  const length = bytes.readUInt32LE(at + 4);
  const end = at + FRAME_BYTES + length;
  if (length > MAX_PAYLOAD || end > bytes.length) return 0;
  return sumOf(bytes, at, end) === bytes.readUInt32LE(at + 8) ? end : 0;
}

/** Over the length and the payload of the record at a place. */
function sumOf(bytes: Buffer, at: number, end: number): number {
  return crc32c(bytes, crc32c(bytes, 0, at + 4, at + 8), at + FRAME_BYTES, end);
}
