// CRC-32C (Castagnoli), which tells a whole record from a torn one.

/** Reflected polynomial of CRC-32C (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;

/** Four tables, so that four bytes are taken at a step (Kounavis and Berry, "slicing"). */
const TABLES: readonly Int32Array[] = makeTables();

/** The checksum of bytes from a place to another as an unsigned 32-bit number; `before` goes on from that of the bytes before. */
export function crc32c(bytes: Uint8Array, before = 0, from = 0, to: number = bytes.length): number {
  const [t0, t1, t2, t3] = TABLES as readonly [Int32Array, Int32Array, Int32Array, Int32Array];
  let crc = ~before;
  let at = from;
  const fours = from + ((to - from) & ~3);
  for (; at < fours; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (t3[crc & 255] as number) ^
      (t2[(crc >>> 8) & 255] as number) ^
      (t1[(crc >>> 16) & 255] as number) ^
      (t0[crc >>> 24] as number);
  }
  for (; at < to; at++) crc = (t0[(crc ^ (bytes[at] as number)) & 255] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function makeTables(): Int32Array[] {
  const tables = [new Int32Array(256), new Int32Array(256), new Int32Array(256), new Int32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    (tables[0] as Int32Array)[byte] = crc;
  }
  const first = tables[0] as Int32Array;
  for (let byte = 0; byte < 256; byte++) {
    let crc = first[byte] as number;
    for (let table = 1; table < 4; table++) {
      crc = (first[crc & 255] as number) ^ (crc >>> 8);
      (tables[table] as Int32Array)[byte] = crc;
    }
  }
  return tables;
}
