// Identifiers: 24 characters of base 62 behind a prefix, drawn from the runtime's chance.

import type { Random } from "./random.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Makes ids of one prefix: `next()` gives e.g. `req_fl_` and 20 base-62 characters (119 bits). Unique, not secret. */
export function newId(random: Random, prefix: string, length = 20): string {
  let id = prefix;
  // One draw serves four characters: 62^4 < 2^24, well inside the 32 bits a draw carries.
  for (let left = length; left > 0; left -= 4) {
    const draw = Math.floor(random.next() * 14_776_336);
    const second = (draw / 62) | 0;
    const third = (second / 62) | 0;
    const four = String.fromCharCode(
      ALPHABET.charCodeAt(draw % 62),
      ALPHABET.charCodeAt(second % 62),
      ALPHABET.charCodeAt(third % 62),
      ALPHABET.charCodeAt((third / 62) | 0),
    );
    id += left < 4 ? four.slice(0, left) : four;
  }
  return id;
}
