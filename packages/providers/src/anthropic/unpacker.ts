// Takes the compression off an answer that came compressed although it was asked for plain.

import zlib from "node:zlib";

/** What unpacked bytes may become. */
const MOST_PLAIN = 67_108_864;

const SYNC = { finishFlush: zlib.constants.Z_SYNC_FLUSH, maxOutputLength: MOST_PLAIN };

/** Whether it begins as RFC 1950 wants: method 8, and a head that is a multiple of 31. */
function isFramed(bytes: Buffer): boolean {
  return bytes.length >= 2 && ((bytes[0] ?? 0) & 15) === 8 && bytes.readUInt16BE(0) % 31 === 0;
}

/** What unpacks an encoding, a cut end included. */
const UNPACK: { readonly [encoding: string]: (bytes: Buffer) => Buffer } = {
  gzip: (bytes) => zlib.gunzipSync(bytes, SYNC),
  // Some servers leave its frame out.
  deflate: (bytes) => (isFramed(bytes) ? zlib.inflateSync(bytes, SYNC) : zlib.inflateRawSync(bytes, SYNC)),
  br: (bytes) =>
    zlib.brotliDecompressSync(bytes, {
      finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
      maxOutputLength: MOST_PLAIN,
    }),
  // Node 20 has none.
  ...(typeof zlib.zstdDecompressSync === "function" && {
    zstd: (bytes: Buffer) =>
      zlib.zstdDecompressSync(bytes, { finishFlush: zlib.constants.ZSTD_e_flush, maxOutputLength: MOST_PLAIN }),
  }),
};

/**
 * What unpacks bytes of this `content-encoding`, a cut end included, up to 64 MB; undefined for one that nothing here unpacks.
 * What it gives throws when the bytes are not what they are said to be, or become more than that.
 */
export function unpackerOf(encoding: string): ((bytes: Buffer) => Buffer) | undefined {
  const plain = encoding.trim().toLowerCase().replace(/^x-/, "");
  return Object.hasOwn(UNPACK, plain) ? UNPACK[plain] : undefined;
}
