// Rate limits: token buckets per key and class of models, with the headers and the 429 that go with them.

import { formatRfc3339 } from "@fairlead/protocol";
import type { Clock } from "@fairlead/runtime";
import { DEFAULT_LIMITS, type LimitOptions, type LimitsOptions } from "./options.ts";
import type { Problem } from "./problem.ts";

interface Bucket {
  limit: number;
  capacity: number;
  level: number;
  at: number;
}

type BucketName = "requests" | "input-tokens" | "output-tokens";

/** A request's standing with its three buckets. */
export interface Admission {
  /** Set when the request is over a limit. */
  readonly problem?: Problem;
  /** `anthropic-ratelimit-*`, for any answer. */
  readonly headers: Record<string, string>;
}

/**
 * The bucket that a model shares: Opus 4.5 to 4.8 one, Sonnet 4.5 and 4.6 one, every other model its own
 * (protocol.md 11; the sharing of later releases is unknown).
 */
export function modelClass(model: string): string {
  const name = model.replace(/^claude-/, "").replace(/-\d{8}$/, "");
  return /^(opus|sonnet|haiku)-4(-|$)/.test(name) ? name.split("-").slice(0, 2).join("-") : name;
}

/** All buckets of a simulator, filled continuously on the runtime's clock. */
export class RateLimits {
  readonly #options: LimitsOptions;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Record<BucketName, Bucket>>();

  constructor(options: LimitsOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /** Charges one request and its uncached input, or refuses it without charge. */
  admit(key: string, model: string, inputTokens: number, organization: string): Admission {
    const buckets = this.#of(key, model);
    const short = this.#shortage(buckets, inputTokens);
    if (short === undefined) {
      buckets.requests.level -= 1;
      buckets["input-tokens"].level -= inputTokens;
      return { headers: this.#headers(buckets) };
    }
    const headers = { ...this.#headers(buckets), "retry-after": String(Math.max(1, Math.ceil(short.waitMs / 1000))) };
    const what = { requests: "requests", "input-tokens": "input tokens", "output-tokens": "output tokens" }[short.name];
    const message =
      `This request would exceed your organization's rate limit of ${buckets[short.name].limit.toLocaleString("en-US")} ` +
      `${what} per minute (org: ${organization}, model: ${model}). For details, refer to: ` +
      "https://docs.claude.com/en/api/rate-limits. You can see the response headers for current usage. Please reduce " +
      "the prompt length or the maximum tokens requested, or try again later.";
    return { problem: { status: 429, type: "rate_limit_error", message, headers }, headers };
  }

  /** Charges output as it is produced; the bucket may go below zero, and then the next request waits. */
  produced(key: string, model: string, tokens: number): void {
    const bucket = this.#of(key, model)["output-tokens"];
    this.#fill(bucket);
    bucket.level -= tokens;
  }

  reset(): void {
    this.#buckets.clear();
  }

  #shortage(
    buckets: Record<BucketName, Bucket>,
    inputTokens: number,
  ): { name: BucketName; waitMs: number } | undefined {
    const needs: Array<[BucketName, number]> = [
      ["requests", 1],
      // A prompt larger than the whole bucket passes when the bucket is full: it could never pass otherwise.
      ["input-tokens", Math.min(inputTokens, buckets["input-tokens"].capacity)],
      ["output-tokens", Math.min(1, buckets["output-tokens"].capacity)],
    ];
    for (const [name, need] of needs) {
      const bucket = buckets[name];
      if (bucket.level + 1e-9 < need)
        return { name, waitMs: ((need - bucket.level) * 60_000) / Math.max(bucket.limit, 1e-9) };
    }
    return undefined;
  }

  #of(key: string, model: string): Record<BucketName, Bucket> {
    const kind = modelClass(model);
    const name = `${key}\n${kind}`;
    let buckets = this.#buckets.get(name);
    if (buckets === undefined) {
      const own: LimitOptions = this.#options.classes?.[kind] ?? {};
      const value = (field: keyof LimitOptions) => own[field] ?? this.#options[field] ?? DEFAULT_LIMITS[field];
      const make = (limit: number): Bucket => {
        const capacity = Math.max(1, (limit * value("burstSeconds")) / 60);
        return { limit, capacity, level: capacity, at: this.#clock.now() };
      };
      buckets = {
        requests: make(value("rpm")),
        "input-tokens": make(value("itpm")),
        "output-tokens": make(value("otpm")),
      };
      this.#buckets.set(name, buckets);
    }
    this.#fill(buckets.requests);
    this.#fill(buckets["input-tokens"]);
    this.#fill(buckets["output-tokens"]);
    return buckets;
  }

  #fill(bucket: Bucket): void {
    const now = this.#clock.now();
    bucket.level = Math.min(bucket.capacity, bucket.level + ((now - bucket.at) * bucket.limit) / 60_000);
    bucket.at = now;
  }

  #headers(buckets: Record<BucketName, Bucket>): Record<string, string> {
    const headers: Record<string, string> = {};
    const tell = (name: string, bucket: Bucket, rounded: boolean) => {
      const level = Math.max(0, Math.floor(bucket.level));
      const fullInMs = ((bucket.capacity - bucket.level) * 60_000) / Math.max(bucket.limit, 1e-9);
      headers[`anthropic-ratelimit-${name}-limit`] = String(bucket.limit);
      headers[`anthropic-ratelimit-${name}-remaining`] = String(rounded ? Math.round(level / 1000) * 1000 : level);
      headers[`anthropic-ratelimit-${name}-reset`] = formatRfc3339(
        Math.ceil((this.#clock.wall() + Math.max(0, fullInMs)) / 1000) * 1000,
      );
    };
    tell("requests", buckets.requests, false);
    const input = buckets["input-tokens"];
    const output = buckets["output-tokens"];
    tell("tokens", input.level / input.limit < output.level / output.limit ? input : output, true);
    tell("input-tokens", input, true);
    tell("output-tokens", output, true);
    return headers;
  }
}
