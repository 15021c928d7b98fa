// What a step of a load came to: counts, times, failures by kind.

import { costOf, type Usage } from "@fairlead/protocol";
import type { Wrong } from "./answer.ts";
import { Histogram } from "./histogram.ts";

/** One request that ended. Times are monotonic milliseconds. */
export interface Ended {
  /** When it was due: in an open loop its place in the schedule, else when it was sent. */
  readonly dueAt: number;
  readonly endedAt: number;
  readonly firstAt: number | undefined;
  readonly wrong: Wrong | undefined;
  readonly usage: Usage;
  /** The model that answered, as it says. */
  readonly model: string | undefined;
  readonly tenant: number;
}

/** One kind of failure and how often it came. */
export interface FailureCount {
  readonly wrong: Wrong;
  count: number;
}

/** The requests that were due in one second of a step. */
export interface Second {
  ok: number;
  failed: number;
}

/** At most so many kinds of failure are told apart; all further ones are counted as one. */
const MAX_KINDS = 40;

/** The score of one step, from the moment at which it begins to count. */
export class Score {
  /** Requests due before this moment are a warm-up and not counted. */
  readonly from: number;
  /** Of all requests, to the end of their answer. Failed ones have a histogram of their own: a refusal is fast. */
  readonly answered = new Histogram();
  readonly failedAfter = new Histogram();
  readonly first = new Histogram();
  readonly failures = new Map<string, FailureCount>();
  /** Whole answers by tenant. */
  readonly byTenant: number[];
  /** Requests by the second in which they were due, from the moment at which the step begins to count. */
  readonly seconds: Second[] = [];
  ok = 0;
  failed = 0;
  inputTokens = 0;
  outputTokens = 0;
  cacheReadTokens = 0;
  cacheWriteTokens = 0;
  /** What whole answers cost at list price, pico-dollars; `priced` is false once one had no known price. */
  picoUsd = 0;
  priced = true;
  /** Whole answers whose end came while the step was being measured, and their output tokens: the rates are made of them. */
  inTime = 0;
  tokensInTime = 0;
  /** When the measuring ended; Infinity while it goes on. */
  until = Number.POSITIVE_INFINITY;
  /** Requests that were under way when the user ended the step. */
  abandoned = 0;

  /** Unix milliseconds at which the step began. */
  readonly wall: number;

  /** @param wall Unix milliseconds now, by which prices are looked up */
  constructor(from: number, tenants: number, wall: number) {
    this.from = from;
    this.wall = wall;
    this.byTenant = new Array<number>(tenants).fill(0);
  }

  get requests(): number {
    return this.ok + this.failed;
  }

  take(one: Ended): void {
    if (one.wrong === undefined && one.endedAt >= this.from && one.endedAt <= this.until) {
      // Those that began in the warm-up too: without them a rate would lack what was under way at its beginning.
      this.inTime += 1;
      this.tokensInTime += one.usage.outputTokens;
    }
    if (one.dueAt < this.from) return;
    const ms = one.endedAt - one.dueAt;
    this.#second(one.dueAt)[one.wrong === undefined ? "ok" : "failed"] += 1;
    if (one.wrong !== undefined) {
      this.failed += 1;
      this.failedAfter.add(ms);
      this.#failure(one.wrong);
      return;
    }
    this.ok += 1;
    this.answered.add(ms);
    if (one.firstAt !== undefined) this.first.add(one.firstAt - one.dueAt);
    this.inputTokens += one.usage.inputTokens;
    this.outputTokens += one.usage.outputTokens;
    this.cacheReadTokens += one.usage.cacheReadTokens;
    this.cacheWriteTokens += one.usage.cacheWrite5mTokens + one.usage.cacheWrite1hTokens;
    const cost = costOf(one.usage, one.model ?? "", { atMs: this.wall });
    this.picoUsd += cost.picoUsd;
    this.priced &&= cost.known;
    if (this.byTenant.length > 0) this.byTenant[one.tenant] = (this.byTenant[one.tenant] ?? 0) + 1;
  }

  /** Failures, the most frequent first. */
  ranking(): readonly FailureCount[] {
    return [...this.failures.values()].sort((a, b) => b.count - a.count);
  }

  /**
   * Jain's index of the whole answers by tenant (Jain, Chiu, Hawe 1984): 1 when all got as many, 1/n when one got all.
   * Undefined below two tenants or without an answer.
   */
  fairness(): number | undefined {
    if (this.byTenant.length < 2 || this.ok === 0) return undefined;
    const squares = this.byTenant.reduce((sum, count) => sum + count * count, 0);
    return this.ok ** 2 / (this.byTenant.length * squares);
  }

  #second(dueAt: number): Second {
    const at = Math.floor((dueAt - this.from) / 1_000);
    while (this.seconds.length <= at) this.seconds.push({ ok: 0, failed: 0 });
    return this.seconds[at] as Second;
  }

  #failure(wrong: Wrong): void {
    const key = this.failures.size < MAX_KINDS || this.failures.has(wrong.what) ? wrong.what : "other";
    const known = this.failures.get(key);
    if (known === undefined) this.failures.set(key, { wrong: { ...wrong, what: key }, count: 1 });
    else known.count += 1;
  }
}
