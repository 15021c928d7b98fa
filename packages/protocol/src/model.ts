// What is known of one Claude model: limits, dated prices, and what its generation refuses.

/** Prices in USD per million tokens, from a day on. */
export interface PriceRow {
  /** First day (UTC, `YYYY-MM-DD`) on which the row holds; `1970-01-01` means since the model's launch. */
  readonly from: string;
  /** When set, the row holds only for requests whose total input is above this many tokens, and then for all of them. */
  readonly promptOver?: number;
  /** When set, the row holds only for requests served in fast mode. */
  readonly speed?: "fast";
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/** Which values of `thinking.type` a model takes (protocol reference 1.1 and 2.7). */
export interface ThinkingFacts {
  readonly adaptive: boolean;
  /** `enabled` with `budget_tokens`. */
  readonly enabled: boolean;
  readonly disabled: boolean;
  /** Thinking cannot be turned off; a forced `tool_choice` is refused. */
  readonly alwaysOn: boolean;
}

/** One model, as the Messages API knows it. */
export interface Model {
  /** The first-party id, dateless where one exists. */
  readonly id: string;
  /** Other first-party ids of the same model. */
  readonly aliases: readonly string[];
  readonly displayName: string;
  /** RFC 3339; the epoch where the day is not known, as the Models API itself prints it. */
  readonly createdAt: string;
  /** The day of its end of life (`YYYY-MM-DD`), when one is announced. */
  readonly retiresAt?: string;
  /** Tokens of input and output together. */
  readonly contextWindow: number;
  /** The most that `max_tokens` may be. */
  readonly maxOutput: number;
  /** The shortest prefix, in tokens, that is cached. Protocol reference 6.1; assumed where `minCachePrefixAssumed`. */
  readonly minCachePrefix: number;
  readonly minCachePrefixAssumed: boolean;
  /** Whether an assistant message at the end (prefill) is refused with 400. */
  readonly rejectsPrefill: boolean;
  readonly thinking: ThinkingFacts;
  /** Whether it takes `anthropic-version: 2026-10-21` on Bedrock too (4.7 and later). */
  readonly takesNewVersionOnBedrock: boolean;
  /** Newest last; never empty. */
  readonly prices: readonly PriceRow[];
  /** Whether a price rests on a third party's data and no first-party source. */
  readonly pricesUnverified: boolean;
}
