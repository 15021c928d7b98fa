// Figures of a client, from the engine's facts: since the start, and over a sliding window. Bounded memory.

import type { AttemptFact, RequestFact, WaitFact } from "@fairlead/engine";
import type { Clock, Fact } from "@fairlead/runtime";
import { Histogram, type Percentiles } from "./histogram.ts";

/** Counts by name. */
export type Counts = { readonly [name: string]: number };

/** Figures of a span of time. */
export interface Span {
  /** How long the span is, seconds. */
  readonly seconds: number;
  /** Requests that ended, their answers included. */
  readonly requests: number;
  /** Of them, those whose answer came whole with a status below 400. */
  readonly succeeded: number;
  /** Share of requests that succeeded; 1 without any. */
  readonly successRate: number;
  /** Requests by HTTP status; `none` got no answer. */
  readonly byStatus: Counts;
  /** Requests by how they ended, as the failure table names it: `ok`, `overloaded`, `cut`, … */
  readonly byVerdict: Counts;
  /** Attempts on the wire, and how many went out per request beyond the first. */
  readonly attempts: number;
  readonly retryRate: number;
  /** Attempts by upstream and verdict. */
  readonly byUpstream: { readonly [upstream: string]: Counts };
  /** To the first content of a streamed answer, milliseconds, retries included. */
  readonly firstTokenMs: Percentiles;
  /** To the last byte, milliseconds, retries included. */
  readonly totalMs: Percentiles;
  /** Waits between attempts, milliseconds. */
  readonly backoffMs: Percentiles;
  /** Waits for room or for a turn, of the requests that had to wait, milliseconds. */
  readonly queuedMs: Percentiles;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cacheRead: number;
    readonly cacheWrite: number;
  };
}

/** The window's length and its slots: what leaves the window leaves it in steps of one slot. */
const WINDOW_MS = 300_000;
const SLOTS = 10;
/** At most so many names are counted apart; all further ones are counted together as `other`. */
const MAX_NAMES = 64;

/** Gathers facts into figures. */
export class Figures {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #all = new Cell();
  readonly #slots: Cell[] = Array.from({ length: SLOTS }, () => new Cell());
  readonly #stamps: number[] = new Array(SLOTS).fill(-1);

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  /** Takes any fact; those of the engine are counted. */
  take(fact: Fact): void {
    const slot = this.#slot();
    switch (fact.kind) {
      case "request":
        this.#all.request(fact as RequestFact);
        slot.request(fact as RequestFact);
        break;
      case "attempt":
        this.#all.attempt(fact as AttemptFact);
        slot.attempt(fact as AttemptFact);
        break;
      case "wait":
        this.#all.backoff.add((fact as WaitFact).waitMs);
        slot.backoff.add((fact as WaitFact).waitMs);
        break;
      default:
    }
  }

  /** Figures since the client was made. */
  sinceStart(): Span {
    return this.#all.span((this.#clock.now() - this.#startedAt) / 1_000);
  }

  /** Figures of the last five minutes. */
  window(): Span {
    const sum = new Cell();
    const now = this.#stampNow();
    for (let i = 0; i < SLOTS; i++) {
      if (now - (this.#stamps[i] ?? -1) < SLOTS && (this.#stamps[i] ?? -1) >= 0) sum.merge(this.#slots[i] as Cell);
    }
    return sum.span(Math.min(WINDOW_MS, this.#clock.now() - this.#startedAt) / 1_000);
  }

  #stampNow(): number {
    return Math.floor((this.#clock.now() - this.#startedAt) / (WINDOW_MS / SLOTS));
  }

  #slot(): Cell {
    const stamp = this.#stampNow();
    const at = stamp % SLOTS;
    const slot = this.#slots[at] as Cell;
    if (this.#stamps[at] !== stamp) {
      this.#stamps[at] = stamp;
      slot.clear();
    }
    return slot;
  }
}

class Cell {
  requests = 0;
  succeeded = 0;
  attempts = 0;
  byStatus = new Map<string, number>();
  byVerdict = new Map<string, number>();
  byUpstream = new Map<string, Map<string, number>>();
  readonly first = new Histogram();
  readonly total = new Histogram();
  readonly backoff = new Histogram();
  readonly queued = new Histogram();
  tokens = [0, 0, 0, 0];

  request(fact: RequestFact): void {
    this.requests += 1;
    if (fact.verdict === "ok" && fact.status !== undefined && fact.status < 400) this.succeeded += 1;
    bump(this.byStatus, fact.status === undefined ? "none" : String(fact.status), 1);
    bump(this.byVerdict, fact.verdict, 1);
    if (fact.x.look.stream && fact.verdict === "ok") this.first.add(fact.firstMs);
    this.total.add(fact.totalMs);
    if (fact.x.tally.queuedMs > 0) this.queued.add(fact.x.tally.queuedMs);
    const usage = fact.answer?.usage;
    // What was reused cost nothing, or another request tells it.
    if (usage === undefined || fact.reused !== undefined) return;
    const { inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens, cacheWrite1hTokens } = usage;
    const counts = [inputTokens, outputTokens, cacheReadTokens, cacheWrite5mTokens + cacheWrite1hTokens];
    this.tokens = this.tokens.map((sum, i) => sum + (counts[i] ?? 0));
  }

  attempt(fact: AttemptFact): void {
    this.attempts += 1;
    bump(verdictsOf(this.byUpstream, fact.x.target?.name ?? "none"), fact.verdict, 1);
  }

  merge(other: Cell): void {
    this.requests += other.requests;
    this.succeeded += other.succeeded;
    this.attempts += other.attempts;
    for (const [name, count] of other.byStatus) bump(this.byStatus, name, count);
    for (const [name, count] of other.byVerdict) bump(this.byVerdict, name, count);
    for (const [name, counts] of other.byUpstream) {
      const own = verdictsOf(this.byUpstream, name);
      for (const [verdict, count] of counts) bump(own, verdict, count);
    }
    this.first.merge(other.first);
    this.total.merge(other.total);
    this.backoff.merge(other.backoff);
    this.queued.merge(other.queued);
    this.tokens = this.tokens.map((sum, i) => sum + (other.tokens[i] ?? 0));
  }

  clear(): void {
    this.requests = 0;
    this.succeeded = 0;
    this.attempts = 0;
    this.byStatus = new Map();
    this.byVerdict = new Map();
    this.byUpstream = new Map();
    this.first.clear();
    this.total.clear();
    this.backoff.clear();
    this.queued.clear();
    this.tokens = [0, 0, 0, 0];
  }

  span(seconds: number): Span {
    const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = this.tokens;
    return {
      seconds,
      requests: this.requests,
      succeeded: this.succeeded,
      successRate: this.requests === 0 ? 1 : this.succeeded / this.requests,
      byStatus: Object.fromEntries(this.byStatus),
      byVerdict: Object.fromEntries(this.byVerdict),
      attempts: this.attempts,
      retryRate: this.requests === 0 ? 0 : Math.max(0, this.attempts - this.requests) / this.requests,
      byUpstream: Object.fromEntries([...this.byUpstream].map(([name, counts]) => [name, Object.fromEntries(counts)])),
      firstTokenMs: this.first.percentiles(),
      totalMs: this.total.percentiles(),
      backoffMs: this.backoff.percentiles(),
      queuedMs: this.queued.percentiles(),
      tokens: { input, output, cacheRead, cacheWrite },
    };
  }
}

function verdictsOf(map: Map<string, Map<string, number>>, name: string): Map<string, number> {
  const key = map.has(name) || map.size < MAX_NAMES ? name : "other";
  let counts = map.get(key);
  if (counts === undefined) {
    counts = new Map();
    map.set(key, counts);
  }
  return counts;
}

function bump(map: Map<string, number>, name: string, by: number): void {
  const key = map.has(name) || map.size < MAX_NAMES ? name : "other";
  map.set(key, (map.get(key) ?? 0) + by);
}
