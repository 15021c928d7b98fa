// Walks the members of one JSON object in a byte buffer and shows the wanted ones, without building any of it.
import { containerEnd, hasControl, sameBytes, scalarEnd, skipSpace, stringEnd, stringText } from "./json-bytes.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** A member name to look for. */
export interface WantedKey {
  readonly name: string;
  readonly bytes: Buffer;
}

/** Names a member to look for; plain ASCII. */
export function wantedKey(name: string): WantedKey {
  return { name, bytes: Buffer.from(name) };
}

/**
 * One walk over an object. It checks the object's own members strictly (colons, commas, keys, scalars, no raw control
 * characters in strings); of arrays and objects inside it only brackets and strings are balanced, and the escapes of
 * strings are looked at only where their text is wanted.
 */
export class ObjectWalk {
  readonly #body: Buffer;
  /** Why the walk failed, '' while it has not. */
  reason = "";
  /** The byte at which it failed. */
  at = 0;

  constructor(body: Buffer) {
    this.#body = body;
  }

  /**
   * Walks the object that opens at `at`; returns the index after its closing brace, or -1 with `reason` and `at` set.
   * @param visit gets the wanted key and the byte span of its value, for every occurrence, in order.
   */
  object(
    at: number,
    wanted: readonly WantedKey[],
    visit: (key: WantedKey, start: number, end: number) => void,
  ): number {
    const body = this.#body;
    if (body[at] !== 0x7b) return this.#fail("an object was expected", at);
    let i = skipSpace(body, at + 1);
    if (body[i] === 0x7d) return i + 1;
    for (;;) {
      if (body[i] !== QUOTE) return this.#fail("a key in quotes was expected", i);
      const keyStart = i;
      const keyEnd = stringEnd(body, i + 1);
      if (keyEnd < 0) return this.#fail("a key is not terminated", keyStart);
      const key = this.#key(keyStart, keyEnd, wanted);
      if (this.reason !== "") return -1;
      i = skipSpace(body, keyEnd);
      if (body[i] !== 0x3a) return this.#fail("a colon was expected", i);
      const start = skipSpace(body, i + 1);
      const end = this.#value(start);
      if (end < 0) return -1;
      if (key !== undefined) visit(key, start, end);
      i = skipSpace(body, end);
      if (body[i] === 0x7d) return i + 1;
      if (body[i] !== 0x2c) return this.#fail("a comma or a closing brace was expected", i);
      i = skipSpace(body, i + 1);
    }
  }

  #value(start: number): number {
    const body = this.#body;
    const first = body[start];
    if (first === QUOTE) {
      const end = stringEnd(body, start + 1);
      if (end < 0) return this.#fail("a string is not terminated", start);
      if (hasControl(body, start, end)) return this.#fail("a string holds a raw control character", start);
      return end;
    }
    if (first === 0x7b || first === 0x5b) {
      const end = containerEnd(body, start);
      if (end >= 0) return end;
      return ~end === body.length
        ? this.#fail("an array, object or string is not terminated", start)
        : this.#fail("a bracket closes what it did not open", ~end);
    }
    const end = scalarEnd(body, start);
    return end < 0 ? this.#fail("a value was expected", start) : end;
  }

  #key(start: number, end: number, wanted: readonly WantedKey[]): WantedKey | undefined {
    const body = this.#body;
    let escaped = false;
    for (let i = start + 1; i < end - 1; i++) {
      const byte = body[i] as number;
      if (byte === BACKSLASH) escaped = true;
      else if (byte < 0x20) {
        this.#fail("a key holds a raw control character", i);
        return undefined;
      }
    }
    if (escaped) {
      const text = stringText(body, start, end);
      if (text === undefined) this.#fail("a key holds a wrong escape", start);
      return wanted.find((key) => key.name === text);
    }
    for (let i = 0; i < wanted.length; i++) {
      const key = wanted[i] as WantedKey;
      if (sameBytes(body, start + 1, end - 1, key.bytes)) return key;
    }
    return undefined;
  }

  #fail(reason: string, at: number): -1 {
    if (this.reason !== "") return -1;
    this.reason = at >= this.#body.length ? `the body ends too early: ${reason}` : reason;
    this.at = at;
    return -1;
  }
}
