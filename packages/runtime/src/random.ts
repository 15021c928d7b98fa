// Chance as the rest of the house sees it: one number source, seeded in worlds, from the system elsewhere.

import { randomBytes } from "node:crypto";

/** The only chance there is. */
export interface Random {
  /** Uniform in [0, 1). Can be foreseen: for spreading and ids, never for secrets. */
  next(): number;
  /** Bytes that nobody can foresee, for keys and nonces; from the seed in a world by seed. Ask by `secretBytes`. */
  bytes?(count: number): Uint8Array;
}

/**
 * Bytes for a secret.
 * @throws Error when this chance has none to give: a secret must not come from numbers that can be foreseen
 */
export function secretBytes(random: Random, count: number): Uint8Array {
  if (random.bytes === undefined) throw new Error("this source of chance gives no bytes for secrets; use systemRandom");
  return random.bytes(count);
}

/** Uniform in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + random.next() * (high - low);
}

/** Uniform whole number in [0, below). */
export function pick(random: Random, below: number): number {
  return Math.floor(random.next() * below);
}

/** Normal deviate with mean 0 and deviation 1 (Box and Muller). */
export function normal(random: Random): number {
  const u = 1 - random.next();
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * random.next());
}

/** Exponential deviate with the given mean. */
export function exponential(random: Random, mean: number): number {
  return -mean * Math.log(1 - random.next());
}

/** The machine's own chance. */
export function systemRandom(): Random {
  return { next: () => Math.random(), bytes: (count) => randomBytes(count) };
}

/**
 * A repeatable sequence from a seed: sfc32 (Chris Doty-Humphrey's small fast counter generator, 128 bits of state),
 * the state filled from the seed's characters with FNV-1a so that near seeds give far sequences.
 */
export function seededRandom(seed: string | number): Random {
  const text = String(seed);
  let a = fnv(text, 0x811c9dc5);
  let b = fnv(text, a ^ 0x9e3779b9);
  let c = fnv(text, b ^ 0x85ebca6b);
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let i = 0; i < 15; i++) next();
  return { next, bytes: (count) => Uint8Array.from({ length: count }, () => Math.floor(next() * 256)) };
}

/** A child sequence that does not disturb its parent: same parent seed and name, same child. */
export function forkSeed(seed: string | number, name: string): Random {
  return seededRandom(`${seed}/${name}`);
}

function fnv(text: string, start: number): number {
  let hash = start | 0;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 16;
  return Math.imul(hash, 0x45d9f3b) ^ (hash >>> 13);
}
