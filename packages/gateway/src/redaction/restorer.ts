// Puts values back where a model used their placeholders: in a text as it is written in JSON, whole or in parts.

import { PLACEHOLDER_LENGTH } from "./placeholder.ts";

const BEGIN = /^\[[A-Z0-9_]*[a-z2-7]*$/;
const FORM = /\[[A-Z0-9_]{1,32}_[a-z2-7]{10,20}\]/g;

/**
 * The placeholders of one request and their values. Texts are the characters between the quotes of a JSON string, one for
 * each byte (latin1), so that all that is no placeholder keeps its bytes and its escapes.
 */
export class Restorer {
  readonly #values: ReadonlyMap<string, string>;
  /** Values as they stand in a string, and in a string that is itself JSON in a string, once they were needed. */
  readonly #once = new Map<string, string>();
  readonly #twice = new Map<string, string>();
  #sorted: readonly string[] | undefined;

  constructor(values: ReadonlyArray<readonly [placeholder: string, value: string]>) {
    this.#values = new Map(values);
  }

  /** How many placeholders there are. */
  get size(): number {
    return this.#values.size;
  }

  /** The text with every placeholder of ours replaced. `nested` for JSON in a string, such as `partial_json`. */
  replaced(text: string, nested: boolean): string {
    if (!text.includes("[")) return text;
    return text.replace(FORM, (found) => this.#written(found, nested) ?? found);
  }

  /** How a placeholder's value is written; undefined when it is none of ours. */
  #written(placeholder: string, nested: boolean): string | undefined {
    const known = (nested ? this.#twice : this.#once).get(placeholder);
    if (known !== undefined) return known;
    const value = this.#values.get(placeholder);
    if (value === undefined) return undefined;
    const once = escaped(value);
    this.#once.set(placeholder, latin1(once));
    this.#twice.set(placeholder, latin1(escaped(once)));
    return latin1(nested ? escaped(once) : once);
  }

  /** How many characters at the end of a text may be the beginning of one of our placeholders. */
  open(text: string): number {
    const at = text.lastIndexOf("[");
    const length = text.length - at;
    if (at < 0 || length >= PLACEHOLDER_LENGTH || text.includes("]", at)) return 0;
    const begin = text.slice(at);
    if (!BEGIN.test(begin)) return 0;
    this.#sorted ??= [...this.#values.keys()].sort();
    const sorted = this.#sorted;
    // The first placeholder that is not before `begin` in order begins with it, if any does.
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle] as string) < begin) low = middle + 1;
      else high = middle;
    }
    return sorted[low]?.startsWith(begin) === true ? length : 0;
  }
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function latin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}
