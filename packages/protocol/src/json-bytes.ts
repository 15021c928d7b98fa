// Steps over JSON in a byte buffer without building it: white space, strings, numbers, whole values.

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** How far to look for a closing quote byte by byte before the native search, whose call costs some 40 ns, pays off. */
const SHORT = 24;

const TRUE = Buffer.from("true");
const FALSE = Buffer.from("false");

/** The index of the first byte at or after `at` that is not JSON white space; `body.length` when there is none. */
export function skipSpace(body: Buffer, at: number): number {
  const length = body.length;
  let i = at;
  while (i < length) {
    const byte = body[i];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break;
    i += 1;
  }
  return i;
}

/**
 * The index after the closing quote of the string whose first byte after the opening quote is `from`, or -1.
 * A quote closes unless an odd run of backslashes stands before it. Contents are not checked (see `hasControl`).
 */
export function stringEnd(body: Buffer, from: number): number {
  const near = Math.min(from + SHORT, body.length);
  for (let i = from; i < near; i++) {
    const byte = body[i];
    if (byte === QUOTE) return i + 1;
    if (byte === BACKSLASH) i += 1;
  }
  // The byte at `near` may be an escaped one; counting backslashes back to `from` tells.
  let quote = body.indexOf(QUOTE, near);
  while (quote >= 0) {
    let back = quote - 1;
    while (back >= from && body[back] === BACKSLASH) back -= 1;
    if (((quote - back) & 1) === 1) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  return -1;
}

/**
 * Whether a raw control character (below 0x20), which JSON forbids in strings, lies in [from, to). Long spans are
 * tested four bytes at a time.
 */
export function hasControl(body: Buffer, from: number, to: number): boolean {
  let i = from;
  if (to - from > 64) {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    for (const last = to - 4; i <= last; i += 4) {
      const word = view.getInt32(i, true);
      if (((word - 0x20202020) & ~word & 0x80808080) !== 0) return true;
    }
  }
  for (; i < to; i++) if ((body[i] as number) < 0x20) return true;
  return false;
}

/**
 * The index after the array or object that opens at `at`; when it never closes, or a bracket of the wrong kind closes it,
 * `~where` (a negative number), `where` being the length of the body or the wrong bracket.
 *
 * Inside, only brackets and strings are balanced: commas, colons, literals and escapes are left for the real parser.
 * Depth is bounded by memory alone (a bit a level).
 */
export function containerEnd(body: Buffer, at: number): number {
  const length = body.length;
  // The kinds of the open brackets, 1 for an object; 30 levels to a number, older numbers in `outer`.
  let kinds = 1;
  let depth = 0;
  const outer: number[] = [];
  let i = at;
  while (i < length) {
    const byte = body[i] as number;
    if (byte === QUOTE) {
      i = stringEnd(body, i + 1);
      if (i < 0) return ~length;
      continue;
    }
    // Folds [ and { to 0x7b, ] and } to 0x7d.
    const folded = byte | 0x20;
    if (folded === 0x7b && (byte === 0x5b || byte === 0x7b)) {
      if (depth !== 0 && depth % 30 === 0) {
        outer.push(kinds);
        kinds = 1;
      }
      kinds = (kinds << 1) | (byte === 0x7b ? 1 : 0);
      depth += 1;
    } else if (folded === 0x7d && (byte === 0x5d || byte === 0x7d)) {
      if ((kinds & 1) !== (byte === 0x7d ? 1 : 0)) return ~i;
      kinds >>>= 1;
      depth -= 1;
      if (depth === 0) return i + 1;
      if (depth % 30 === 0) kinds = outer.pop() as number;
    }
    i += 1;
  }
  return ~length;
}

/** The index after the number, `true`, `false` or `null` that begins at `at`, or -1 when there is none in valid form. */
export function scalarEnd(body: Buffer, at: number): number {
  const length = body.length;
  let end = at;
  let digits = 0;
  while (end < length) {
    const byte = body[end] as number;
    // Digits, letters, + - . : all that a scalar can hold.
    if (byte >= 0x30 && byte <= 0x39) digits += 1;
    else if (!(byte === 0x2b || byte === 0x2d || byte === 0x2e || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a)))
      break;
    end += 1;
  }
  if (digits > 0 && digits === end - at && (body[at] !== 0x30 || digits === 1)) return end;
  if (sameBytes(body, at, end, TRUE) || sameBytes(body, at, end, FALSE)) return end;
  const text = body.toString("latin1", at, end);
  return /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/.test(text) ? end : -1;
}

/** Whether the bytes in [from, to) are exactly `name`, plain ASCII. */
export function sameBytes(body: Buffer, from: number, to: number, name: Buffer): boolean {
  if (to - from !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (body[from + i] !== name[i]) return false;
  return true;
}

/**
 * The text of the string literal in [start, end), quotes included, or undefined when it is not valid JSON (a bad escape,
 * a raw control character).
 */
export function stringText(body: Buffer, start: number, end: number): string | undefined {
  try {
    const text: unknown = JSON.parse(body.toString("utf8", start, end));
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
