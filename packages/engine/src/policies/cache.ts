// Cache: answers from memory to what was asked before, byte for byte, while they are fresh.

import type { Runtime } from "@fairlead/runtime";
import type { Exchange } from "../exchange.ts";
import { AnswerStore, renewsEarly } from "../mechanics/answer-store.ts";
import { canonicalKey } from "../mechanics/canonical-key.ts";
import { choice, duration, integer, number, type Values } from "../options.ts";
import type { Answer, Outcome } from "../outcome.ts";
import type { Layer, Next } from "../pipeline.ts";
import { followingFlow } from "./followed.ts";
import { type KeptAnswer, keptAnswer, Recording, replay } from "./kept-answer.ts";
import { kindOf, repeatable, sampled } from "./request-kind.ts";

/** Options of `cache`. The times and sizes are choices of ours; `early` is 1 by the paper that XFetch comes from. */
export const CACHE_OPTIONS = {
  messages: choice(
    ["asked", "temperature-0", "off"],
    "asked",
    "Which answers of the Messages API are kept and given again: asked only those of requests with the header fairlead-cache: use (or refresh, which renews what is kept); temperature-0 also those of requests with temperature 0; off none.",
  ),
  messages_ttl: duration(1_000, 2_592_000_000, 300_000, "How long an answer of the Messages API is kept."),
  count_tokens_ttl: duration(0, 86_400_000, 60_000, "How long a count of tokens is kept; 0 for not at all."),
  models_ttl: duration(0, 86_400_000, 60_000, "How long a list of models is kept; 0 for not at all."),
  total_bytes: integer(
    0,
    68_719_476_736,
    67_108_864,
    "bytes",
    "Most that is kept in all; the answers used longest ago make room. 0 for no cache.",
  ),
  entry_bytes: integer(1_024, 1_073_741_824, 4_194_304, "bytes", "Largest answer that is kept."),
  early: number(
    0,
    10,
    1,
    "times",
    "How eagerly an answer that is in use is made anew before it lapses, as a multiple of the time that making it takes (XFetch); 0 for not before.",
  ),
} as const;

type Options = Values<typeof CACHE_OPTIONS>;

/** Counts since the start, and what is kept now. */
export interface CacheFigures {
  /** Requests answered from memory. */
  readonly hits: number;
  /** Requests that could have been, and were not. */
  readonly misses: number;
  /** Of the misses, answers in use that were made anew before they lapsed. */
  readonly renewals: number;
  /** Of the hits, those whose renewal failed, so that they got what was there. */
  readonly fallbacks: number;
  /** Answers that had to make room for others before they lapsed. */
  readonly displaced: number;
  readonly entries: number;
  readonly bytes: number;
}

/** What is kept; one for all pipelines of an engine. */
export class Cache {
  readonly #rt: Runtime;
  readonly #options: Options;
  readonly #store: AnswerStore<KeptAnswer>;
  /** Keys whose answers are on their way into the cache: one recording of each is enough. */
  readonly #coming = new Set<string>();
  /** Keys that are being renewed before they lapse. */
  readonly #renewing = new Set<string>();
  #hits = 0;
  #misses = 0;
  #renewals = 0;
  #fallbacks = 0;

  constructor(rt: Runtime, options: Options) {
    this.#rt = rt;
    this.#options = options;
    this.#store = new AnswerStore(options.total_bytes);
  }

  /** False when nothing can ever be kept: the layer then has no use. */
  get active(): boolean {
    const { total_bytes, messages, count_tokens_ttl, models_ttl } = this.#options;
    return total_bytes > 0 && (messages !== "off" || count_tokens_ttl > 0 || models_ttl > 0);
  }

  get figures(): CacheFigures {
    const { size: entries, bytes, displaced } = this.#store;
    const counts = { hits: this.#hits, misses: this.#misses, renewals: this.#renewals, fallbacks: this.#fallbacks };
    return { ...counts, displaced, entries, bytes };
  }

  /** How long the answer of a request may be kept, milliseconds; 0 when it may not, and is not looked for either. */
  ttlOf(x: Exchange): number {
    const kind = kindOf(x);
    if (kind === "other" || x.cache === "off") return 0;
    const { messages, messages_ttl, count_tokens_ttl, models_ttl } = this.#options;
    if (kind === "count_tokens") return count_tokens_ttl;
    if (kind === "models") return models_ttl;
    if (messages === "off" || (x.cache === undefined && (messages === "asked" || sampled(x)))) return 0;
    return repeatable(x) ? messages_ttl : 0;
  }

  /** Answers from memory, or runs the request and keeps its answer. */
  run(x: Exchange, scope: string, ttlMs: number, next: Next): Promise<Outcome> {
    const key = canonicalKey(x, scope, "compact");
    const now = this.#rt.clock.now();
    const kept = x.cache === "refresh" ? undefined : this.#store.get(key, now);
    if (kept === undefined) return this.#ask(x, key, ttlMs, now, next);
    // Whoever renews early asks like anybody else, and the others go on with what is there.
    const awaited = this.#renewing.has(key) || this.#coming.has(key);
    if (awaited || !renewsEarly(kept, now, this.#options.early, this.#rt.random)) {
      return Promise.resolve(this.#hit(x, kept));
    }
    return this.#renew(x, key, kept, ttlMs, now, next);
  }

  async #renew(x: Exchange, key: string, kept: KeptAnswer, ttlMs: number, now: number, next: Next): Promise<Outcome> {
    this.#renewing.add(key);
    this.#renewals += 1;
    try {
      const outcome = await this.#ask(x, key, ttlMs, now, next);
      if (outcome.ok || x.signal.aborted || kept.until <= this.#rt.clock.now()) return outcome;
      // It could not be had anew, and what is there has not lapsed.
      this.#misses -= 1;
      this.#fallbacks += 1;
      return this.#hit(x, kept);
    } finally {
      this.#renewing.delete(key);
    }
  }

  async #ask(x: Exchange, key: string, ttlMs: number, since: number, next: Next): Promise<Outcome> {
    x.tally.cache = "miss";
    this.#misses += 1;
    const outcome = await next(x);
    if (!outcome.ok || outcome.status !== 200 || this.#coming.has(key)) return outcome;
    // Of those who shared one answer the first has kept it.
    const kept = x.tally.reused === undefined ? undefined : this.#store.get(key, this.#rt.clock.now());
    if (kept !== undefined && kept.at >= since) return outcome;
    return this.#record(outcome, key, kindOf(x) === "messages", ttlMs, since);
  }

  #record(answer: Answer, key: string, message: boolean, ttlMs: number, since: number): Answer {
    this.#coming.add(key);
    const recording = new Recording(answer.flow, this.#options.entry_bytes, (pieces) => {
      this.#coming.delete(key);
      const now = this.#rt.clock.now();
      const kept = pieces === undefined ? undefined : keptAnswer(answer, pieces, message, now, ttlMs, now - since);
      if (kept !== undefined) this.#store.put(key, kept);
    });
    const flow = followingFlow(recording, answer.flow);
    answer.flow.tap({
      end({ fault }) {
        // It broke before anybody began to read: nobody would hear of it otherwise.
        if (fault !== undefined && !recording.begun) flow.abort(fault);
      },
    });
    return { ...answer, flow };
  }

  #hit(x: Exchange, kept: KeptAnswer): Answer {
    const now = this.#rt.clock.now();
    const { tally } = x;
    this.#hits += 1;
    tally.cache = "hit";
    tally.cacheAgeMs = now - kept.at;
    tally.reused = "cache";
    tally.steps.push({ at: now, what: "cached", upstream: kept.target.name, ms: 0, why: "" });
    return replay(kept, x);
  }
}

/** Looks answers up in the cache, and keeps what may be given again. */
export function cache(options: Options, answers: Cache, scope = ""): Layer {
  return () => ({
    name: "cache",
    says: `answers from memory: messages ${options.messages} for ${options.messages_ttl} ms, count_tokens for ${options.count_tokens_ttl} ms, models for ${options.models_ttl} ms, at most ${options.total_bytes} bytes`,
    handle(x, next) {
      const ttlMs = answers.ttlOf(x);
      return ttlMs === 0 ? next(x) : answers.run(x, scope, ttlMs, next);
    },
  });
}
