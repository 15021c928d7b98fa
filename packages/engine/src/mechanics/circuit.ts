// One circuit: closed, open for a time that grows, half-open with one probe at a time, closed again after two good ones.

import { between, type Random } from "@fairlead/runtime";
import { Window, wilsonLower } from "./window.ts";

/** The numbers of a circuit. */
export interface CircuitNumbers {
  /** Failures in a row that open it. */
  readonly consecutive: number;
  /** Weighted samples that the window needs before its share counts. */
  readonly volume: number;
  /** Share of failures whose 95 % lower bound opens it. */
  readonly share: number;
  /** First opening, milliseconds; doubles with each opening in a row. */
  readonly baseMs: number;
  /** Longest opening, milliseconds. */
  readonly capMs: number;
  /** Good probes in a row that close it. */
  readonly rise: number;
}

/** Seconds of the sliding window. Source: reference/resilience.md section 3. */
const WINDOW_SECONDS = 20;
/** A success this recent keeps failures in a row from opening, milliseconds (same source). */
const RECENT_SUCCESS_MS = 3_000;
/** Healthy time after which one past opening is forgiven, milliseconds (same source). */
const FORGIVE_MS = 30_000;

/** What an attempt was let through as; handed back with its result so that an old call cannot decide a new state. */
export interface Permit {
  readonly epoch: number;
  readonly probe: boolean;
}

export type CircuitState = "closed" | "open" | "half-open";

/** A circuit of one scope. All times are monotonic milliseconds. */
export class Circuit {
  readonly #numbers: CircuitNumbers;
  readonly #random: Random;
  readonly #window = new Window(WINDOW_SECONDS);
  #state: CircuitState = "closed";
  #epoch = 0;
  #openUntil = 0;
  #openings = 0;
  #closedAt = 0;
  #inRow = 0;
  #firstOfRow = "";
  #distinct = false;
  #lastGood = Number.NEGATIVE_INFINITY;
  #probing = false;
  #goodProbes = 0;
  /** Why it opened last, for people. */
  why = "";

  constructor(numbers: CircuitNumbers, random: Random) {
    this.#numbers = numbers;
    this.#random = random;
  }

  /** The state at `now`, without changing it. */
  state(now: number): CircuitState {
    return this.#state === "open" && now >= this.#openUntil ? "half-open" : this.#state;
  }

  /** Milliseconds until the next probe may go; 0 when something may go now. */
  waitMs(now: number): number {
    return this.#state === "open" ? Math.max(0, this.#openUntil - now) : 0;
  }

  /** Whether an attempt may go now; asking changes nothing. */
  admits(now: number): boolean {
    const state = this.state(now);
    return state === "closed" || (state === "half-open" && !this.#probing);
  }

  /** Lets an attempt through, or undefined when none may go. */
  enter(now: number): Permit | undefined {
    if (!this.admits(now)) return undefined;
    if (this.#state === "closed") return { epoch: this.#epoch, probe: false };
    this.#state = "half-open";
    this.#probing = true;
    return { epoch: this.#epoch, probe: true };
  }

  /** The attempt said nothing about the upstream (called off, or the caller's own fault). */
  left(permit: Permit): void {
    if (permit.probe && permit.epoch === this.#epoch) this.#probing = false;
  }

  /** The attempt succeeded: its first content came. */
  good(permit: Permit, now: number): void {
    if (permit.epoch !== this.#epoch) return;
    if (this.#state === "half-open") {
      if (!permit.probe) return;
      this.#probing = false;
      this.#goodProbes += 1;
      if (this.#goodProbes >= this.#numbers.rise) this.#close(now);
      return;
    }
    this.#window.add(now, 0);
    this.#inRow = 0;
    this.#distinct = false;
    this.#lastGood = now;
    if (this.#openings > 0 && now - this.#closedAt >= FORGIVE_MS) {
      this.#openings -= 1;
      this.#closedAt = now;
    }
  }

  /** The attempt failed with the given weight. `request` is the request's id: one request alone opens nothing. Returns true when this opened it. */
  bad(permit: Permit, now: number, weight: number, request: string, why: string): boolean {
    if (permit.epoch !== this.#epoch) return false;
    if (this.#state === "half-open") {
      if (!permit.probe) return false;
      this.#open(now, why);
      return true;
    }
    this.#window.add(now, weight);
    if (this.#inRow === 0) this.#firstOfRow = request;
    else if (request !== this.#firstOfRow) this.#distinct = true;
    this.#inRow += weight;
    const row = this.#inRow >= this.#numbers.consecutive && this.#distinct && now - this.#lastGood >= RECENT_SUCCESS_MS;
    const { good, bad } = this.#window.totals(now);
    const total = good + bad;
    const share = total >= this.#numbers.volume && wilsonLower(bad, total) > this.#numbers.share;
    if (!row && !share) return false;
    this.#open(now, why);
    return true;
  }

  #open(now: number, why: string): void {
    const span = Math.min(this.#numbers.capMs, this.#numbers.baseMs * 2 ** this.#openings);
    this.#openings += 1;
    this.#state = "open";
    this.#epoch += 1;
    this.#openUntil = now + between(this.#random, 0.5, 1.5) * span;
    this.#probing = false;
    this.#goodProbes = 0;
    this.why = why;
  }

  #close(now: number): void {
    this.#state = "closed";
    this.#epoch += 1;
    this.#closedAt = now;
    this.#inRow = 0;
    this.#distinct = false;
    this.#lastGood = now;
    this.#window.clear();
  }
}
