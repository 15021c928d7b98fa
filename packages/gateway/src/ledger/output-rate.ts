// What a cut answer produced: tokens to a byte of content, and tokens to a byte of prompt, learned from whole answers.

import type { OutputCount } from "@fairlead/engine";

/** Before anything was learned: about 4 characters of English to a token (platform.claude.com glossary says 3.5). */
const FIRST_RATE = 0.25;
/** The first rate counts as so many bytes. */
const FIRST_WEIGHT = 1_000;
/** What was learned longest ago fades: once so many bytes are remembered, they are halved. */
const MOST_BYTES = 4_000_000;
/** Models of which a rate is kept. */
const MOST_MODELS = 200;

interface Sums {
  tokens: number;
  bytes: number;
}

/** Rates by model. */
export class OutputRate {
  readonly #output = new Map<string, Sums>();
  readonly #input = new Map<string, Sums>();

  /** A whole answer: so many tokens in so many bytes of content. */
  learnOutput(model: string, tokens: number, bytes: number): void {
    // More tokens than bytes: most of it was thinking that is not shown, which says nothing of what is.
    if (tokens <= bytes) learn(this.#output, model, tokens, bytes);
  }

  /** A prompt whose tokens the answer told. */
  learnInput(model: string, tokens: number, bytes: number): void {
    learn(this.#input, model, tokens, bytes);
  }

  /** Output tokens of an answer so far: what the upstream told last, and what came since. */
  output(model: string, { bytes, told, toldAt }: OutputCount): number {
    const since = bytes - toldAt;
    return (told ?? 0) + Math.round(since * rate(this.#output, model));
  }

  /** Input tokens that a prompt of so many bytes stands for. */
  input(model: string, bytes: number): number {
    return Math.round(bytes * rate(this.#input, model));
  }
}

function rate(of: ReadonlyMap<string, Sums>, model: string): number {
  const sums = of.get(model);
  return sums === undefined ? FIRST_RATE : sums.tokens / sums.bytes;
}

function learn(of: Map<string, Sums>, model: string, tokens: number, bytes: number): void {
  if (!(tokens > 0 && bytes > 0)) return;
  let sums = of.get(model);
  if (sums === undefined) {
    if (of.size >= MOST_MODELS) return;
    sums = { tokens: FIRST_RATE * FIRST_WEIGHT, bytes: FIRST_WEIGHT };
    of.set(model, sums);
  }
  sums.tokens += tokens;
  sums.bytes += bytes;
  if (sums.bytes > MOST_BYTES) {
    sums.tokens /= 2;
    sums.bytes /= 2;
  }
}
