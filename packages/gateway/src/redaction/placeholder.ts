// Placeholders: what stands in a text for a value. The same value has the same one in every turn of a conversation.

import { createHmac } from "node:crypto";
import { KINDS, type Kind } from "./kinds.ts";

/** Letters of a tag (RFC 4648, base 32, small). */
const LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
/** Letters in a tag: fifty bits. In a request with 10,000 values two share one with a chance of 1 in 20 million. */
const LENGTH = 10;
/** Letters in the tag of a value that met another's. */
const LONG = 20;

/** Longest placeholder, characters: a word of 32, a long tag, the brackets and the dash between. */
export const PLACEHOLDER_LENGTH = 32 + LONG + 3;

/** The placeholders of one request. */
export class Placeholders {
  readonly #key: string;
  /** By kind and value. */
  readonly #byValue = new Map<string, string>();
  /** Placeholder to value: what a restore puts back. */
  readonly values = new Map<string, string>();

  /** @param key the project's secret: without it nobody can try values until a tag fits */
  constructor(key: string) {
    this.#key = key;
  }

  /** The placeholder of a value, such as `[EMAIL_k3v9x2m4pq]`. */
  of(kind: string, value: string): string {
    const name = `${kind}\0${value}`;
    const known = this.#byValue.get(name);
    if (known !== undefined) return known;
    const digest = createHmac("sha256", this.#key).update(name).digest();
    let placeholder = `[${wordOf(kind)}_${tag(digest, LENGTH)}]`;
    if (this.values.has(placeholder)) placeholder = `[${wordOf(kind)}_${tag(digest, LONG)}]`;
    this.#byValue.set(name, placeholder);
    this.values.set(placeholder, value);
    return placeholder;
  }
}

/** The word of a kind in placeholders: upper case. */
export function wordOf(kind: string): string {
  const row = (KINDS as { readonly [kind: string]: { readonly word: string } | undefined })[kind as Kind];
  return (
    row?.word ??
    kind
      .replace(/^pattern:/, "")
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, "_")
      .slice(0, 32)
  );
}

/** The form of all placeholders that there are of the built-in kinds and of others. */
export function placeholderForm(others: readonly string[]): RegExp {
  const words = new Set([...Object.keys(KINDS), ...others].map(wordOf));
  return new RegExp(`\\[(?:${[...words].join("|")})_[a-z2-7]{${LENGTH}}(?:[a-z2-7]{${LONG - LENGTH}})?\\]`, "g");
}

function tag(digest: Buffer, length: number): string {
  let text = "";
  for (let i = 0; i < length; i++) {
    const bit = i * 5;
    const pair = ((digest[bit >> 3] ?? 0) << 8) | (digest[(bit >> 3) + 1] ?? 0);
    text += LETTERS[(pair >> (11 - (bit & 7))) & 31];
  }
  return text;
}
