// JSON without its insignificant white space, byte by byte: what two writers of the same document have in common.
import { skipSpace, stringEnd } from "./json-bytes.ts";

const QUOTE = 0x22;
const SPACE = 0x20;

/**
 * The document without the white space between its tokens; the same buffer when there is none. Strings, the order of
 * members and the spelling of numbers stay as they are, so that two documents with one compact form mean the same, while
 * some that mean the same have two. Between two tokens that would run into one (`1 2`, which is no JSON) one space stays.
 */
export function compactJson(body: Buffer): Buffer {
  const { length } = body;
  let out: Buffer | undefined;
  let kept = 0;
  let from = 0;
  let i = 0;
  while (i < length) {
    const byte = body[i] as number;
    if (byte === QUOTE) {
      const end = stringEnd(body, i + 1);
      if (end < 0) break;
      i = end;
      continue;
    }
    if (byte > SPACE) {
      i += 1;
      continue;
    }
    const next = skipSpace(body, i);
    if (next === i) {
      i += 1;
      continue;
    }
    out ??= Buffer.allocUnsafe(length);
    kept += body.copy(out, kept, from, i);
    if (i > 0 && next < length && !parts(body[i - 1] as number) && !parts(body[next] as number)) out[kept++] = SPACE;
    from = next;
    i = next;
  }
  if (out === undefined) return body;
  kept += body.copy(out, kept, from);
  return out.subarray(0, kept);
}

/** Whether a byte ends or begins a token by itself: brackets, comma, colon, quote. */
function parts(byte: number): boolean {
  return (
    byte === 0x7b || byte === 0x7d || byte === 0x5b || byte === 0x5d || byte === 0x2c || byte === 0x3a || byte === QUOTE
  );
}
