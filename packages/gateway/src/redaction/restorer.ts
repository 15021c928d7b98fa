// Puts values back where a model used their placeholders: in a text as it is written in JSON, whole or in parts.

import { PLACEHOLDER_LENGTH } from "./placeholder.ts";

const FORM = /\[[A-Z0-9_]{1,32}_[a-z2-7]{10,20}\]/g;

/**
 * The placeholders of one request and their values. Texts are the characters between the quotes of a JSON string, one for
 * each byte (latin1), so that all that is no placeholder keeps its bytes and its escapes.
 */
export class Restorer {
  /** Values as they stand in a string, and in a string that is itself JSON in a string. */
  readonly #once = new Map<string, string>();
  readonly #twice = new Map<string, string>();
  readonly #sorted: readonly string[];

  constructor(values: ReadonlyArray<readonly [placeholder: string, value: string]>) {
    for (const [placeholder, value] of values) {
      const once = escaped(value);
      this.#once.set(placeholder, latin1(once));
      this.#twice.set(placeholder, latin1(escaped(once)));
    }
    this.#sorted = [...this.#once.keys()].sort();
  }

  /** How many placeholders there are. */
  get size(): number {
    return this.#sorted.length;
  }

  /** The text with every placeholder of ours replaced. `nested` for JSON in a string, such as `partial_json`. */
  replaced(text: string, nested: boolean): string {
    if (!text.includes("[")) return text;
    const values = nested ? this.#twice : this.#once;
    return text.replace(FORM, (found) => values.get(found) ?? found);
  }

  /** How many characters at the end of a text may be the beginning of one of our placeholders. */
  open(text: string): number {
    const at = text.lastIndexOf("[");
    const length = text.length - at;
    if (at < 0 || length >= PLACEHOLDER_LENGTH || text.includes("]", at)) return 0;
    const begin = text.slice(at);
    // The first placeholder that is not before `begin` in order begins with it, if any does.
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle] as string) < begin) low = middle + 1;
      else high = middle;
    }
    return this.#sorted[low]?.startsWith(begin) === true ? length : 0;
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
