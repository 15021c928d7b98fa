// Weighted rendezvous hashing: every node scores every key, the highest score wins, and nothing has to be remembered.

/** 64 well-mixed bits as two signed lanes of 32. */
export interface Hash64 {
  readonly hi: number;
  readonly lo: number;
}

/**
 * How far above the mean a node may be loaded before keys pass it by. Source: Mirrokni, Thorup, Zadimoghaddam,
 * "Consistent Hashing with Bounded Loads" (2016), whose ε of 0.25 keeps both the load and the keys that move small.
 */
export const LOAD_BOUND = 1.25;

// Odd multipliers and shifts of MurmurHash3 (Austin Appleby, public domain), whose finaliser lets every bit reach every other.
const A = 0x85ebca6b;
const B = 0xc2b2ae35;
const C = 0x9e3779b1;
const D = 0x5f356495;

/** Collects pieces into one hash. Not for secrets: whoever knows it can find two inputs that agree. */
export class Hasher {
  #hi = 0x1b873593 | 0;
  #lo = 0xcc9e2d51 | 0;
  #length = 0;

  /** Adds one number of 32 bits. */
  add(value: number): this {
    const hi = stepHigh(this.#hi, value);
    this.#lo = stepLow(this.#lo, hi, value);
    this.#hi = hi;
    this.#length += 1;
    return this;
  }

  /** Adds a text and its end, so that `ab`, `c` and `a`, `bc` differ. */
  text(text: string): this {
    for (let i = 0; i < text.length; i++) this.add(text.charCodeAt(i));
    return this.add(-1 - text.length);
  }

  /** Adds the bytes in [from, to). */
  bytes(bytes: Uint8Array, from: number, to: number): this {
    // In locals: this runs over tens of kilobytes, and fields are written to memory each time.
    let hi = this.#hi;
    let lo = this.#lo;
    for (let i = from; i < to; i++) {
      const value = bytes[i] as number;
      hi = stepHigh(hi, value);
      lo = stepLow(lo, hi, value);
    }
    this.#hi = hi;
    this.#lo = lo;
    this.#length += Math.max(0, to - from);
    return this;
  }

  /** The hash of what was added so far. */
  digest(): Hash64 {
    return mixed(this.#hi ^ this.#length, this.#lo ^ this.#length);
  }
}

function stepHigh(hi: number, value: number): number {
  const product = Math.imul(hi ^ value, C);
  return (product << 13) | (product >>> 19);
}

function stepLow(lo: number, hi: number, value: number): number {
  const product = Math.imul(lo ^ value, D);
  return (((product << 17) | (product >>> 15)) + hi) | 0;
}

/** The hash of one text. */
export function hashText(text: string): Hash64 {
  return new Hasher().text(text).digest();
}

function mixed(hi: number, lo: number): Hash64 {
  let a = (hi + lo) | 0;
  let b = (lo + a) | 0;
  a = finish(a);
  b = finish(b);
  a = (a + b) | 0;
  b = (b + a) | 0;
  return { hi: a, lo: b };
}

function finish(lane: number): number {
  let h = lane;
  h = Math.imul(h ^ (h >>> 16), A);
  h = Math.imul(h ^ (h >>> 13), B);
  return h ^ (h >>> 16);
}

/** A number of 52 bits in (0, 1), uniform over keys and independent between nodes. Never 0 and never 1. */
export function draw(key: Hash64, node: Hash64): number {
  let a = (finish(key.hi ^ node.hi) + key.lo) | 0;
  let b = (finish(key.lo ^ node.lo ^ a) + node.hi) | 0;
  a = finish(a ^ b);
  b = finish((b + a) | 0);
  a = (a + b) | 0;
  return ((a >>> 0) * 1_048_576 + (b >>> 12) + 0.5) / 4_503_599_627_370_496;
}

/**
 * A node's score for a key: −w / ln(h), so that the highest score falls on each node as often as its weight says, and
 * a node whose weight grows only takes keys, one whose weight shrinks only gives. 0 for a weight of 0 or less.
 */
export function score(key: Hash64, node: Hash64, weight: number): number {
  return weight > 0 ? -weight / Math.log(draw(key, node)) : 0;
}

/** The nodes by falling score for a key; equal scores keep their order. */
export function ranked<N>(
  key: Hash64,
  nodes: readonly N[],
  hashOf: (node: N) => Hash64,
  weightOf: (node: N) => number,
): N[] {
  const list: N[] = [];
  const scores: number[] = [];
  for (const node of nodes) {
    const own = score(key, hashOf(node), weightOf(node));
    let at = list.length;
    while (at > 0 && (scores[at - 1] as number) < own) at -= 1;
    list.splice(at, 0, node);
    scores.splice(at, 0, own);
  }
  return list;
}

/**
 * The most that a node may carry, one more included: ⌈bound · its share of the total with the one more⌉.
 * @param total what all nodes carry now
 * @param share the node's weight over the sum of weights
 */
export function loadCap(bound: number, total: number, share: number): number {
  // Less the dust of binary fractions, which would round an exact bound up.
  return Math.ceil(bound * (total + 1) * share - 1e-9);
}

/**
 * What a node carries by chance alone, however even the hash: its mean and five standard deviations of a Poisson count,
 * one more included. It is above ⌈1.25 · mean⌉ for means below 400, where a bound that is tighter would send keys away
 * from their place for no better reason than chance.
 */
export function chanceCap(total: number, share: number): number {
  const mean = (total + 1) * share;
  return Math.ceil(mean + 5 * Math.sqrt(mean) - 1e-9);
}
