// What is expected of a request before it is sent: output tokens, input tokens that count, time to the first token.

import { findModel, limitedInput, totalInput, type Usage } from "@fairlead/protocol";
import { LineFit } from "./line-fit.ts";
import type { QuotaCost } from "./quota.ts";
import { SkewedMean } from "./skewed-mean.ts";

/** What is known of a request beforehand. */
export interface Route {
  /** As the caller names it. */
  readonly model: string;
  readonly stream: boolean;
  readonly thinking: boolean;
  /** Length of the body. */
  readonly bytes: number;
}

/** Output expected of a first request: about the mean answer of public traces (BurstGPT, arXiv 2401.17644: 200 to 600). */
const FIRST_OUTPUT = 600;
/** With thinking, which is output too: a choice of ours; the reservation is corrected as soon as more is known. */
const FIRST_OUTPUT_THINKING = 2_000;
/** The default counts as so many answers. */
const FIRST_OUTPUT_WEIGHT = 2;

/** First token of an empty prompt, milliseconds (artificialanalysis.ai, Claude 3.5 Sonnet, June 2024 on: 0.8 to 1.1 s). */
const FIRST_TTFT_BASE = 1_000;
/** Milliseconds an uncached input token adds; the same source's prompts of 1k and 100k tokens lie some seconds apart. */
const FIRST_TTFT_SLOPE = 0.05;

/** Bytes of a request's body to an input token (platform.claude.com glossary: about 3.5 English characters). */
const FIRST_INPUT_BYTES = 3.5;
/** Bytes of a stream to an output token: an event of some 120 bytes carries a few tokens. A choice of ours. */
const FIRST_OUTPUT_BYTES = 40;

/** Draws remembered of a route. */
const MEMORY = 500;
/** A ratio's weight of one more request, once there are many. */
const RATIO_WEIGHT = 1 / 50;
/** One request moves the logarithm of a ratio by at most this much off: images are many bytes and few tokens. */
const RATIO_STEP = 1;
/** Bodies of up to 4 KiB, 32 KiB, 256 KiB, and beyond. */
const SIZES = [4_096, 32_768, 262_144] as const;
/** What a prompt can hold when its model is unknown, tokens. */
const FIRST_WINDOW = 1_000_000;

/** A ratio's running geometric mean. */
class Ratio {
  #log: number;
  #n = 0;

  constructor(first: number) {
    this.#log = Math.log(first);
  }

  get value(): number {
    return Math.exp(this.#log);
  }

  add(ratio: number): void {
    if (!(ratio > 0 && ratio < Number.POSITIVE_INFINITY)) return;
    this.#n += 1;
    const off = Math.log(ratio) - this.#log;
    const weight = Math.max(RATIO_WEIGHT, 1 / (this.#n + 1));
    this.#log += weight * Math.min(RATIO_STEP, Math.max(-RATIO_STEP, off));
  }
}

/** One answer counts for at most so many times, and at least this fraction of, the bytes that its tokens let expect. */
const BYTES_CLIP = 3;

/**
 * Bytes of a stream to an output token, all streams together: what frames and heads take of short answers must not make
 * long ones look shorter than they are. Fades like a ratio's mean.
 */
class StreamBytes {
  #tokens = FIRST_OUTPUT;
  #bytes = FIRST_OUTPUT * FIRST_OUTPUT_BYTES;

  get perToken(): number {
    return this.#bytes / this.#tokens;
  }

  add(bytes: number, tokens: number): void {
    const expected = tokens * this.perToken;
    const kept = 1 - RATIO_WEIGHT;
    this.#bytes = this.#bytes * kept + Math.min(Math.max(bytes, expected / BYTES_CLIP), expected * BYTES_CLIP);
    this.#tokens = this.#tokens * kept + tokens;
  }
}

interface Cell {
  readonly output: SkewedMean;
  /** Input tokens that count, and all of them: moving sums, for the share that is not read from the cache. */
  limited: number;
  total: number;
}

interface ModelCells {
  readonly window: number;
  readonly inputBytes: Ratio;
  readonly outputBytes: StreamBytes;
  /** By thinking. */
  readonly ttft: readonly [LineFit, LineFit];
  /** By streaming, thinking and size; made when first learned. */
  readonly routes: (Cell | undefined)[];
}

/**
 * Learns from the usage of answers what to expect of the next request of the same route: model, streaming, thinking and
 * size of the body. Only what is learned takes room, for at most `maxModels` names; beyond that the one that was learned
 * longest ago is forgotten.
 */
export class Predictor {
  readonly #models = new Map<string, ModelCells>();
  readonly #maxModels: number;

  constructor(maxModels = 100) {
    this.#maxModels = maxModels;
  }

  /** What to reserve: one request, the input that is expected to count, the mean output. */
  cost(route: Route, maxTokens: number = Number.POSITIVE_INFINITY): QuotaCost {
    return { requests: 1, input: this.input(route), output: this.output(route, maxTokens) };
  }

  /** Expected output tokens, the mean of the route, at most `maxTokens`. */
  output(route: Route, maxTokens: number = Number.POSITIVE_INFINITY): number {
    const first = route.thinking ? FIRST_OUTPUT_THINKING : FIRST_OUTPUT;
    const learned = this.#models.get(route.model)?.routes[slot(route)]?.output;
    if (learned === undefined) return Math.min(first, maxTokens);
    const n = learned.count;
    return Math.min((FIRST_OUTPUT_WEIGHT * first + n * learned.value) / (FIRST_OUTPUT_WEIGHT + n), maxTokens);
  }

  /** Expected input tokens that count against the limit: those that are not read from the cache. */
  input(route: Route): number {
    const cell = this.#models.get(route.model)?.routes[slot(route)];
    const share = cell === undefined || cell.total === 0 ? 1 : cell.limited / cell.total;
    return this.allInput(route) * share;
  }

  /** Expected input tokens, all of them, at most the model's context window. */
  allInput(route: Route): number {
    const model = this.#models.get(route.model);
    const bytes = model === undefined ? FIRST_INPUT_BYTES : model.inputBytes.value;
    return Math.min(route.bytes / bytes, model?.window ?? FIRST_WINDOW);
  }

  /** Output tokens that so many bytes of an answer's stream stand for. */
  outputOfBytes(model: string, bytes: number): number {
    return bytes / (this.#models.get(model)?.outputBytes.perToken ?? FIRST_OUTPUT_BYTES);
  }

  /** Expected time to the first token, milliseconds, for so many uncached input tokens. */
  ttftMs(route: Route, uncached: number): number {
    const fit = this.#models.get(route.model)?.ttft[route.thinking ? 1 : 0];
    return fit === undefined ? FIRST_TTFT_BASE + FIRST_TTFT_SLOPE * uncached : fit.at(uncached);
  }

  /** The part of the expected time to the first token that is owed to so many uncached input tokens, milliseconds. */
  sizeMs(route: Route, uncached: number): number {
    const fit = this.#models.get(route.model)?.ttft[route.thinking ? 1 : 0];
    return fit === undefined ? FIRST_TTFT_SLOPE * uncached : fit.at(uncached) - fit.at(0);
  }

  /** How many times as long as expected the first token took: 1 is as expected, whatever the size of the prompt. */
  normalised(route: Route, uncached: number, ttftMs: number): number {
    return ttftMs / this.ttftMs(route, uncached);
  }

  /** A first token came. Learn from sound upstreams only: what is learned becomes what is expected. */
  sawFirstToken(route: Route, uncached: number, ttftMs: number): void {
    if (!(uncached >= 0 && ttftMs >= 0)) return;
    this.#learned(route.model).ttft[route.thinking ? 1 : 0].add(uncached, ttftMs);
  }

  /** An answer came to its end. `answerBytes` are those of its stream, where it had one. */
  sawUsage(route: Route, usage: Usage, answerBytes = 0): void {
    const model = this.#learned(route.model);
    const total = totalInput(usage);
    if (total > 0 && route.bytes > 0) model.inputBytes.add(route.bytes / total);
    if (usage.outputTokens > 0 && answerBytes > 0) model.outputBytes.add(answerBytes, usage.outputTokens);
    const at = slot(route);
    let cell = model.routes[at];
    if (cell === undefined) {
      cell = { output: new SkewedMean(MEMORY), limited: 0, total: 0 };
      model.routes[at] = cell;
    }
    cell.output.add(usage.outputTokens);
    cell.limited = cell.limited * (1 - RATIO_WEIGHT) + limitedInput(usage);
    cell.total = cell.total * (1 - RATIO_WEIGHT) + total;
  }

  /** Names of models that something was learned of. */
  get models(): number {
    return this.#models.size;
  }

  #learned(name: string): ModelCells {
    let model = this.#models.get(name);
    if (model === undefined) {
      model = {
        window: findModel(name)?.contextWindow ?? FIRST_WINDOW,
        inputBytes: new Ratio(FIRST_INPUT_BYTES),
        outputBytes: new StreamBytes(),
        ttft: [
          new LineFit(FIRST_TTFT_BASE, FIRST_TTFT_SLOPE, MEMORY),
          new LineFit(FIRST_TTFT_BASE, FIRST_TTFT_SLOPE, MEMORY),
        ],
        routes: new Array<Cell | undefined>(SLOTS).fill(undefined),
      };
      const oldest = this.#models.keys().next().value;
      if (this.#models.size >= this.#maxModels && oldest !== undefined) this.#models.delete(oldest);
    } else if (this.#models.size * 2 <= this.#maxModels) return model;
    // Moved to the end only where the order can matter: near the bound.
    else this.#models.delete(name);
    this.#models.set(name, model);
    return model;
  }
}

const SLOTS = 4 * (SIZES.length + 1);

function slot(route: Route): number {
  let size = 0;
  while (size < SIZES.length && route.bytes > (SIZES[size] as number)) size += 1;
  return size * 4 + (route.stream ? 2 : 0) + (route.thinking ? 1 : 0);
}
