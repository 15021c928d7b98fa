// Figures of each upstream over the last five minutes: how fast it answered, and how often it could. Bounded memory.

import type { AttemptFact, Verdict } from "@fairlead/engine";
import type { Clock, Fact } from "@fairlead/runtime";

/** The window's length and its slots: what leaves the window leaves it in steps of one slot. */
export const WINDOW_MS = 300_000;
const SLOTS = 10;
/** At most so many upstreams; their names come from the configuration. */
const MAX_UPSTREAMS = 1_000;

/** What one upstream did in the window. */
export interface UpstreamSpan {
  /** How long the window is so far, seconds. */
  readonly seconds: number;
  /** Attempts that tell something of the upstream: none that its caller broke off or got wrong. */
  readonly attempts: number;
  readonly ok: number;
  /** Share of them that were answered; null without any. */
  readonly availability: number | null;
  /** Of answered attempts, milliseconds to the first content; null without any. */
  readonly mean_ms: number | null;
  readonly p95_ms: number | null;
  /** All attempts by verdict. */
  readonly by_verdict: { readonly [verdict: string]: number };
}

/** Verdicts that say nothing of the upstream: its caller's doing, or ours. */
const NOT_THEIRS: ReadonlySet<Verdict> = new Set([
  "caller-fault",
  "too-long",
  "conflict",
  "refused-here",
  "deadline",
  "cancelled",
]);

/** Steps in each power of two of tenths of milliseconds: a percentile is at most 1/16 (6.3 %) too high. */
const STEPS = 16;
const STEP_BITS = 4;
const UNIT = 10;
const MAX_POWER = 28;
const SIZE = (MAX_POWER - STEP_BITS + 1) * STEPS;

/** Gathers attempts by upstream. */
export class UpstreamFigures {
  readonly #clock: Clock;
  readonly #startedAt: number;
  readonly #cells = new Map<string, Cell[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#startedAt = clock.now();
  }

  readonly listen = (fact: Fact): void => {
    if (fact.kind !== "attempt") return;
    const { x, verdict, tookMs } = fact as AttemptFact;
    const name = x.target?.name;
    if (name === undefined) return;
    let cells = this.#cells.get(name);
    if (cells === undefined) {
      if (this.#cells.size >= MAX_UPSTREAMS) return;
      cells = Array.from({ length: SLOTS }, () => new Cell());
      this.#cells.set(name, cells);
    }
    const stamp = this.#stamp();
    const cell = cells[stamp % SLOTS] as Cell;
    if (cell.stamp !== stamp) cell.clear(stamp);
    cell.add(verdict, tookMs);
  };

  /** The window of one upstream. */
  span(name: string): UpstreamSpan {
    const sum = new Cell();
    const stamp = this.#stamp();
    for (const cell of this.#cells.get(name) ?? []) if (stamp - cell.stamp < SLOTS) sum.merge(cell);
    return sum.span(Math.min(WINDOW_MS, this.#clock.now() - this.#startedAt) / 1_000);
  }

  #stamp(): number {
    return Math.floor((this.#clock.now() - this.#startedAt) / (WINDOW_MS / SLOTS));
  }
}

class Cell {
  stamp = Number.NEGATIVE_INFINITY;
  #verdicts = new Map<Verdict, number>();
  #counts: Uint32Array | undefined;
  #sum = 0;
  #max = 0;

  add(verdict: Verdict, tookMs: number): void {
    this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
    if (verdict !== "ok") return;
    const value = Math.max(0, tookMs);
    this.#counts ??= new Uint32Array(SIZE);
    const slot = slotOf(value);
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    this.#sum += value;
    this.#max = Math.max(this.#max, value);
  }

  merge(other: Cell): void {
    for (const [verdict, count] of other.#verdicts)
      this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + count);
    if (other.#counts === undefined) return;
    this.#counts ??= new Uint32Array(SIZE);
    for (let i = 0; i < SIZE; i++) this.#counts[i] = (this.#counts[i] ?? 0) + (other.#counts[i] ?? 0);
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  clear(stamp: number): void {
    this.stamp = stamp;
    this.#verdicts = new Map();
    this.#counts = undefined;
    this.#sum = 0;
    this.#max = 0;
  }

  span(seconds: number): UpstreamSpan {
    let attempts = 0;
    for (const [verdict, count] of this.#verdicts) if (!NOT_THEIRS.has(verdict)) attempts += count;
    const ok = this.#verdicts.get("ok") ?? 0;
    return {
      seconds: round(seconds),
      attempts,
      ok,
      availability: attempts === 0 ? null : ok / attempts,
      mean_ms: ok === 0 ? null : round(this.#sum / ok),
      p95_ms: ok === 0 ? null : this.#at(0.95, ok),
      by_verdict: Object.fromEntries(this.#verdicts),
    };
  }

  #at(share: number, count: number): number {
    const rank = Math.max(1, Math.ceil(share * count));
    let seen = 0;
    for (let i = 0; i < SIZE; i++) {
      seen += this.#counts?.[i] ?? 0;
      if (seen >= rank) return round(Math.min(upperEnd(i), this.#max));
    }
    return round(this.#max);
  }
}

function slotOf(ms: number): number {
  const value = Math.min(Math.floor(ms * UNIT), 2 ** MAX_POWER - 1);
  if (value < STEPS) return value;
  const power = Math.floor(Math.log2(value));
  return (power - STEP_BITS + 1) * STEPS + Math.floor(value / 2 ** (power - STEP_BITS)) - STEPS;
}

function upperEnd(slot: number): number {
  if (slot < STEPS) return (slot + 1) / UNIT;
  const power = Math.floor(slot / STEPS) - 1 + STEP_BITS;
  return ((STEPS + (slot % STEPS) + 1) * 2 ** (power - STEP_BITS)) / UNIT;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
