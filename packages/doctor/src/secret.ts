// A value that must never be printed: it is held so that nothing prints it by accident.

import { createHash } from "node:crypto";
import { inspect } from "node:util";

/** Values shorter than this are shown by their length only: half of one would be too much. */
const SHOWABLE = 20;

/** A secret. Printed, joined or serialised it is its mask; only `reveal` gives the value. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one header that it belongs in. */
  reveal(): string {
    return this.#value;
  }

  get length(): number {
    return this.#value.length;
  }

  /** Such as `sk-ant-a…x7Q2 (108 characters)`: enough to tell two apart, too little to use. */
  get masked(): string {
    const value = this.#value;
    if (value.length === 0) return "(empty)";
    const count = `(${value.length} characters)`;
    if (value.length < SHOWABLE) return `… ${count}`;
    return `${printable(value.slice(0, 8))}…${printable(value.slice(-4))} ${count}`;
  }

  /** The first 8 hex digits of its SHA-256: equal for equal values. */
  get fingerprint(): string {
    return createHash("sha256").update(this.#value).digest("hex").slice(0, 8);
  }

  toString(): string {
    return this.masked;
  }

  toJSON(): string {
    return this.masked;
  }

  [inspect.custom](): string {
    return this.masked;
  }
}

function printable(text: string): string {
  return text.replace(/[^\x21-\x7e]/g, "?");
}
