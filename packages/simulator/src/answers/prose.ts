// Prose without end from a seed: the same seed gives the same text, and any slice of it costs the same.

import { forkSeed, pick, type Random } from "@fairlead/runtime";

const WORDS = (
  "the a line rope wind harbour tide sail anchor mast keel deck crew watch night morning weather storm calm water " +
  "current shore island light signal bearing course north south east west river stone bridge road field city window " +
  "paper letter number answer question reason thread pattern measure balance change moment hour season year hand " +
  "voice ear eye mind work tool craft wood iron glass salt bread market ship boat port chart compass distance speed " +
  "holds turns keeps moves finds leaves carries rises falls waits crosses follows gathers opens closes answers asks " +
  "slowly quietly again before after under over between along against without beyond toward near far old new small " +
  "large deep wide bright dark plain clear steady patient careful honest early late warm cold long short café naïve " +
  "and or but then when where while because although as if so that this each every some many few both neither"
).split(" ");

const CORPUS_WORDS = 8_192;

/** A text of known length that is cut to pieces on demand, so that 50 MB of it take no memory. */
export interface TextSource {
  /** UTF-16 units. */
  readonly length: number;
  /** The units from `from` to before `to`. */
  slice(from: number, to: number): string;
}

/** Text that is simply there. */
export function plainText(text: string): TextSource {
  return { length: text.length, slice: (from, to) => text.slice(from, to) };
}

/** The seed's own library: sentences made once, read in a ring from any word on. */
export class Prose {
  readonly #words: string[];
  readonly #text: string;

  constructor(seed: string | number) {
    const random = forkSeed(seed, "prose");
    this.#words = sentences(random, CORPUS_WORDS);
    this.#text = `${this.#words.join(" ")} `;
  }

  /** Exactly `count` words, beginning at a place that `at` decides. Ends with a full stop. */
  words(count: number, at: number): string {
    const out: string[] = [];
    for (let i = 0; i < count; i++) out.push(this.#words[(at + i) % CORPUS_WORDS] as string);
    const text = out.join(" ");
    return text === "" ? "" : `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/[.,]$/, "")}.`;
  }

  /** `length` characters from a place that `at` decides, without holding them. */
  endless(length: number, at: number): TextSource {
    const ring = this.#text;
    const start = at % ring.length;
    return {
      length,
      slice(from, to) {
        let place = (start + from) % ring.length;
        let left = Math.min(to, length) - from;
        let out = "";
        while (left > 0) {
          const piece = ring.slice(place, place + left);
          out += piece;
          left -= piece.length;
          place = 0;
        }
        return out;
      },
    };
  }
}

function sentences(random: Random, count: number): string[] {
  const out: string[] = [];
  let left = 0;
  for (let i = 0; i < count; i++) {
    let word = WORDS[pick(random, WORDS.length)] as string;
    if (left === 0) {
      left = 5 + pick(random, 12);
      word = word.charAt(0).toUpperCase() + word.slice(1);
    }
    left -= 1;
    if (left === 0) word += ".";
    else if (random.next() < 0.06) word += ",";
    out.push(word);
  }
  return out;
}

/** A 32-bit number from a text (FNV-1a): which words an answer begins with. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
