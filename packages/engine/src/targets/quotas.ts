// The upstreams' quotas: one book for each account and class of models, taught by the answers' headers.

import { plainModelId, RATE_LIMIT_HEADERS, type RateLimit, type RateLimits } from "@fairlead/protocol";
import { Quota, type QuotaCost, type QuotaLimits, type QuotaNumbers, type Reservation } from "../mechanics/quota.ts";
import { duration, integer, number, type Values } from "../options.ts";
import type { Target } from "./target.ts";

/** Options of the upstream quota. The burst and ramp numbers are choices of ours: the platform publishes none. */
export const QUOTA_OPTIONS = {
  rpm: integer(0, 1_000_000_000, 0, "requests a minute", "The account's request limit; 0 learns it from the answers."),
  itpm: integer(0, 1_000_000_000_000, 0, "tokens a minute", "The account's input limit; 0 learns it from the answers."),
  otpm: integer(
    0,
    1_000_000_000_000,
    0,
    "tokens a minute",
    "The account's output limit; 0 learns it from the answers.",
  ),
  request_burst: duration(
    100,
    60_000,
    5_000,
    "How much of the request rate may go at once; halved where the upstream refuses it.",
  ),
  token_burst: duration(
    100,
    60_000,
    10_000,
    "How much of the token rates may go at once; halved where the upstream refuses it.",
  ),
  ramp_start: number(
    0.01,
    1,
    0.5,
    "share of the limit",
    "What may be used after idleness or at failover before the use must rise gradually; 1 for no ramp.",
  ),
  ramp: duration(1_000, 3_600_000, 60_000, "The time in which use may double after idleness or at failover."),
} as const;

/** The configured limits of a target's account for a class of models; undefined: learned only. */
export type LimitsOf = (target: Target, modelClass: string) => QuotaLimits | undefined;

/** Model names whose class is remembered. */
const MAX_NAMES = 1_000;

type Kind = "requests" | "inputTokens" | "outputTokens" | "tokens";
type Draft = { -readonly [F in keyof RateLimit]: RateLimit[F] };

interface Field {
  readonly kind: Kind;
  readonly field: "limit" | "remaining";
}

/** The headers that matter here, by the lengths of their lower-case names; a length is that of two names at most. */
const FIELDS: ReadonlyArray<ReadonlyArray<Field & { readonly name: string }> | undefined> = byLength(
  (["requests", "inputTokens", "outputTokens", "tokens"] as const).flatMap((kind) =>
    (["limit", "remaining"] as const).map((field) => ({ kind, field, name: `${RATE_LIMIT_HEADERS[kind]}-${field}` })),
  ),
);

function byLength<T extends { readonly name: string }>(all: readonly T[]): ReadonlyArray<readonly T[] | undefined> {
  const lists: T[][] = [];
  for (const one of all) {
    const list = lists[one.name.length];
    if (list === undefined) lists[one.name.length] = [one];
    else list.push(one);
  }
  return lists;
}
const NONE: RateLimits = Object.freeze({});

/**
 * The class of models that share a limit: Opus 4.x one, Sonnet 4.x one, every other model its own
 * (platform.claude.com "Rate limits", August 2026). A name that is no Claude model is its own class.
 */
export function quotaClass(model: string): string {
  const id = plainModelId(model);
  return /^claude-(?:opus|sonnet)-4(?:-|$)/.exec(id)?.[0].replace(/-$/, "") ?? id;
}

/** All quotas of one engine: at most `maxQuotas`; beyond that the one that was used longest ago is forgotten. */
export class Quotas {
  readonly #numbers: QuotaNumbers;
  readonly #own: QuotaLimits;
  readonly #limitsOf: LimitsOf;
  readonly #maxQuotas: number;
  readonly #quotas = new Map<string, Quota>();
  readonly #classes = new Map<string, string>();
  /** What `of` was asked last: an attempt asks some five times. */
  #lastTarget: Target | undefined;
  #lastModel: string | undefined;
  #lastQuota: Quota | undefined;

  /** @param limitsOf limits of single accounts; they go before those of the options */
  constructor(options: Values<typeof QUOTA_OPTIONS>, limitsOf: LimitsOf = () => undefined, maxQuotas = 1_000) {
    this.#numbers = {
      requestBurstMs: options.request_burst,
      tokenBurstMs: options.token_burst,
      rampStart: options.ramp_start,
      rampMs: options.ramp,
    };
    this.#own = {
      ...(options.rpm > 0 ? { requests: options.rpm } : undefined),
      ...(options.itpm > 0 ? { input: options.itpm } : undefined),
      ...(options.otpm > 0 ? { output: options.otpm } : undefined),
    };
    this.#limitsOf = limitsOf;
    this.#maxQuotas = maxQuotas;
  }

  /** Takes over the books of accounts that stay as they were: what was drawn stays drawn. */
  carry(from: Quotas, kept: (account: string) => boolean): void {
    for (const [key, quota] of from.#quotas)
      if (kept(key.slice(0, key.lastIndexOf("\n")))) this.#quotas.set(key, quota);
  }

  /** Quotas remembered. */
  get size(): number {
    return this.#quotas.size;
  }

  /** The quota that a model draws on at a target. Reservations are settled with the quota that made them. */
  of(target: Target, model: string): Quota {
    if (target === this.#lastTarget && model === this.#lastModel && this.#lastQuota !== undefined) {
      return this.#lastQuota;
    }
    const quota = this.#found(target, model);
    this.#lastTarget = target;
    this.#lastModel = model;
    this.#lastQuota = quota;
    return quota;
  }

  #found(target: Target, model: string): Quota {
    const kind = this.#classOf(target.modelName(model));
    const key = `${target.account}\n${kind}`;
    let quota = this.#quotas.get(key);
    if (quota !== undefined) {
      // Moved to the end only where the order can matter: near the bound.
      if (this.#quotas.size * 2 > this.#maxQuotas) {
        this.#quotas.delete(key);
        this.#quotas.set(key, quota);
      }
      return quota;
    }
    if (this.#quotas.size >= this.#maxQuotas) this.#forget();
    this.#lastQuota = undefined;
    quota = new Quota(this.#numbers, { ...this.#own, ...this.#limitsOf(target, kind) });
    this.#quotas.set(key, quota);
    return quota;
  }

  /** Milliseconds until a cost has room at a target; 0 for now. */
  waitMs(target: Target, model: string, now: number, cost: QuotaCost): number {
    return this.of(target, model).waitMs(now, cost);
  }

  /** An answer came: learns from its headers (names and values alternating). Costs little where there are none. */
  learn(target: Target, model: string, headers: readonly string[], now: number, reservation?: Reservation): void {
    const told = readLimits(headers);
    if (told !== undefined || reservation !== undefined)
      this.of(target, model).reconcile(now, told ?? NONE, reservation);
  }

  /**
   * A 429 came. Closes the reservation with a refund and shuts what its headers name until `retryAfterMs` has passed;
   * `steep` when it was refused for a rise too fast (`ramp_limit_exceeded`).
   */
  refused(
    target: Target,
    model: string,
    headers: readonly string[],
    now: number,
    retryAfterMs: number | undefined,
    reservation?: Reservation,
    steep = false,
  ): void {
    this.of(target, model).refused(reservation, now, retryAfterMs, readLimits(headers) ?? NONE, steep);
  }

  /** Every quota with its account and class, for snapshots and metrics. */
  all(): ReadonlyArray<{ readonly account: string; readonly modelClass: string; readonly quota: Quota }> {
    return [...this.#quotas].map(([key, quota]) => {
      const cut = key.lastIndexOf("\n");
      return { account: key.slice(0, cut), modelClass: key.slice(cut + 1), quota };
    });
  }

  /** Forgets one that nothing is in flight on, the longest unused first; else the longest unused. */
  #forget(): void {
    for (const [key, quota] of this.#quotas) {
      if (quota.inFlight > 0) continue;
      this.#quotas.delete(key);
      return;
    }
    const oldest = this.#quotas.keys().next().value;
    if (oldest !== undefined) this.#quotas.delete(oldest);
  }

  #classOf(model: string): string {
    let kind = this.#classes.get(model);
    if (kind === undefined) {
      kind = quotaClass(model);
      if (this.#classes.size >= MAX_NAMES) this.#classes.clear();
      this.#classes.set(model, kind);
    }
    return kind;
  }
}

/** Compared whole, which costs less than the hash of a name that was never seen before. */
function fieldNamed(name: string): Field | undefined {
  const list = FIELDS[name.length];
  if (list === undefined) return undefined;
  for (const one of list) if (one.name === name) return one;
  const lower = name.toLowerCase();
  for (const one of list) if (one.name === lower) return one;
  return undefined;
}

/** A number of at most 15 digits, blanks around it or not; undefined for anything else. */
function wholeNumber(text: string): number | undefined {
  const value = text.trim();
  if (value.length === 0 || value.length > 15) return undefined;
  let sum = 0;
  for (let i = 0; i < value.length; i++) {
    const digit = value.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    sum = sum * 10 + digit;
  }
  return sum;
}

/**
 * The limits in a flat list of headers; undefined when there is none. One pass over the names, and no time of refill
 * read, as it runs for every answer: the general reader of the protocol room costs several times as much.
 */
export function readLimits(headers: readonly string[]): RateLimits | undefined {
  let limits: { [K in Kind]?: Draft } | undefined;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] as string;
    // Past `anthropic-`, an `r`: few other names pay for more than this.
    if ((name.charCodeAt(10) | 32) !== 114) continue;
    const found = fieldNamed(name);
    if (found === undefined) continue;
    const value = wholeNumber(headers[i + 1] as string);
    if (value === undefined) continue;
    limits ??= {};
    let draft = limits[found.kind];
    if (draft === undefined) limits[found.kind] = draft = {};
    draft[found.field] ??= value;
  }
  return limits;
}
