// The upstream's limits of one account and class of models: requests, input and output tokens a minute, booked ahead.

import type { RateLimit, RateLimits } from "@fairlead/protocol";
import { type BucketNumbers, QuotaBucket } from "./quota-bucket.ts";

/** What a request draws. Whole or fractional; what is negative or no number counts as 0. */
export interface QuotaCost {
  readonly requests: number;
  /** Input tokens that count: uncached and written to the cache, not those read from it. */
  readonly input: number;
  /** Output tokens expected; `max_tokens` does not count against the limit. */
  readonly output: number;
}

/** The dimensions of a limit. `tokens` is input and output together, and holds only while neither is told by itself. */
export type Dimension = "requests" | "input" | "output" | "tokens";

/** Limits per minute as configured; an absent one is learned from the answers. */
export type QuotaLimits = { readonly [D in Dimension]?: number };

/** The numbers of a quota. */
export interface QuotaNumbers {
  /** Requests: milliseconds of the rate that may go at once. */
  readonly requestBurstMs: number;
  /** Tokens: milliseconds of the rate that may go at once. */
  readonly tokenBurstMs: number;
  /** Share of the limit that is free after idleness or at failover, (0, 1]; 1 turns the ramp off. */
  readonly rampStart: number;
  /** The time in which use may double, milliseconds. */
  readonly rampMs: number;
}

/** What is booked for one request. */
export interface Reservation {
  /** Charged as of now, true-ups included. */
  readonly requests: number;
  readonly input: number;
  readonly output: number;
  /** Until it is settled, refused or expired. */
  readonly open: boolean;
}

/** One dimension as a snapshot shows it. */
export interface QuotaState {
  readonly dimension: Dimension;
  /** Per minute. */
  readonly limit: number;
  /** What may go at once now. */
  readonly room: number;
}

/** `remaining` of tokens is rounded to the nearest thousand. */
const ROUNDING = 500;
/** Reservations are looked over for expired ones this often, milliseconds. */
const SWEEP_MS = 10_000;
/** A reservation without a deadline is given up after so long, milliseconds. */
const LONGEST_MS = 3_600_000;

const KINDS = ["requests", "input", "output", "tokens"] as const;
const ZERO: QuotaCost = { requests: 0, input: 0, output: 0 };

class Booking implements Reservation {
  requests: number;
  input: number;
  output: number;
  open = true;
  /** The part that the upstream has not charged yet, as far as is known here. */
  pendingRequests: number;
  pendingInput: number;
  pendingOutput: number;
  readonly expires: number;

  constructor(requests: number, input: number, output: number, expires: number) {
    this.requests = this.pendingRequests = requests;
    this.input = this.pendingInput = input;
    this.output = this.pendingOutput = output;
    this.expires = expires;
  }
}

/**
 * Books what requests are expected to draw, before they are sent, so that the upstream need not refuse them. Reserve the
 * mean, true up while the answer streams (into debt if need be), settle exactly; correct by the rate-limit headers.
 *
 * For any two admissions i and j: all that was charged from i to j, less refunds, is at most
 * `burst + rate * time between + (cost of j beyond burst)`.
 *
 * A dimension without a limit always has room. Time is monotonic milliseconds.
 */
export class Quota {
  readonly #requests: QuotaBucket;
  readonly #input: QuotaBucket;
  readonly #output: QuotaBucket;
  readonly #tokens: QuotaBucket;
  readonly #open = new Set<Booking>();
  #pendingRequests = 0;
  #pendingInput = 0;
  #pendingOutput = 0;
  #shutUntil = Number.NEGATIVE_INFINITY;
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor(numbers: QuotaNumbers, limits: QuotaLimits = {}) {
    const { rampStart, rampMs } = numbers;
    const requests: BucketNumbers = { burstMs: numbers.requestBurstMs, least: 1, rampStart, rampMs };
    const tokens: BucketNumbers = { burstMs: numbers.tokenBurstMs, least: 1, rampStart, rampMs };
    this.#requests = new QuotaBucket(requests, limits.requests);
    this.#input = new QuotaBucket(tokens, limits.input);
    this.#output = new QuotaBucket(tokens, limits.output);
    this.#tokens = new QuotaBucket(tokens, limits.tokens);
  }

  /** Reservations that are open. */
  get inFlight(): number {
    return this.#open.size;
  }

  /** Milliseconds until this cost has room in every dimension, if nothing else is charged meanwhile; 0 for now. */
  waitMs(now: number, cost: QuotaCost): number {
    const input = amount(cost.input);
    const output = amount(cost.output);
    return Math.max(
      0,
      this.#shutUntil - now,
      this.#requests.waitMs(now, amount(cost.requests)),
      this.#input.waitMs(now, input),
      this.#output.waitMs(now, output),
      this.#split() ? 0 : this.#tokens.waitMs(now, input + output),
    );
  }

  /**
   * Books the cost when all of it has room now, or nothing at all. One that is never settled is given up after twice
   * `withinMs`, the time the request has left (Infinity: an hour): it stays charged, but no longer counts as pending.
   */
  reserve(now: number, cost: QuotaCost, withinMs: number = Number.POSITIVE_INFINITY): Reservation | undefined {
    if (this.waitMs(now, cost) > 0) return undefined;
    if (now >= this.#sweepAt) this.#sweep(now);
    const lasts = Math.min(LONGEST_MS, Math.max(0, 2 * withinMs));
    const booking = new Booking(amount(cost.requests), amount(cost.input), amount(cost.output), now + lasts);
    this.#open.add(booking);
    this.#pendingRequests += booking.pendingRequests;
    this.#pendingInput += booking.pendingInput;
    this.#pendingOutput += booking.pendingOutput;
    this.#requests.take(now, booking.requests);
    this.#charge(now, booking.input, booking.output);
    return booking;
  }

  /**
   * What is known while the answer runs. `input` is exact, from the answer's first usage: more is charged, less given
   * back. `output` is what was produced so far: what exceeds the reservation is charged, into debt if need be; less
   * says that so much is no longer pending. Does nothing when the reservation is no longer open.
   */
  trueUp(reservation: Reservation, now: number, known: { readonly input?: number; readonly output?: number }): void {
    const booking = this.#mine(reservation);
    if (booking === undefined) return;
    if (known.input !== undefined) {
      const input = amount(known.input);
      this.#charge(now, input - booking.input, 0);
      booking.input = input;
      this.#pendingInput -= booking.pendingInput;
      booking.pendingInput = 0;
    }
    if (known.output !== undefined) {
      const produced = amount(known.output);
      if (produced > booking.output) {
        this.#charge(now, 0, produced - booking.output);
        booking.output = produced;
      }
      const pending = Math.min(booking.pendingOutput, booking.output - produced);
      this.#pendingOutput -= booking.pendingOutput - pending;
      booking.pendingOutput = pending;
    }
  }

  /**
   * The request is over and drew this; an absent part stays as it was charged. Refunds what was too much, never more than
   * was charged, and charges what was too little. The first call counts: later ones do nothing and return false.
   */
  settle(reservation: Reservation, now: number, actual: Partial<QuotaCost>): boolean {
    const booking = this.#mine(reservation);
    if (booking === undefined) return false;
    const requests = actual.requests === undefined ? booking.requests : amount(actual.requests);
    const input = actual.input === undefined ? booking.input : amount(actual.input);
    const output = actual.output === undefined ? booking.output : amount(actual.output);
    this.#move(this.#requests, now, requests - booking.requests);
    this.#charge(now, input - booking.input, output - booking.output);
    booking.requests = requests;
    booking.input = input;
    booking.output = output;
    this.#close(booking);
    return true;
  }

  /**
   * An answer told of the limits: learns them and corrects the book, downward at once, upward slowly. With the
   * `reservation` that the answer belongs to, its request and input count as charged by the upstream.
   */
  reconcile(now: number, told: RateLimits, reservation?: Reservation): void {
    const booking = reservation === undefined ? undefined : this.#mine(reservation);
    if (booking !== undefined) {
      this.#pendingRequests -= booking.pendingRequests;
      this.#pendingInput -= booking.pendingInput;
      booking.pendingRequests = booking.pendingInput = 0;
    }
    hear(this.#requests, now, told.requests, this.#pendingRequests, 0);
    hear(this.#input, now, told.inputTokens, this.#pendingInput, ROUNDING);
    hear(this.#output, now, told.outputTokens, this.#pendingOutput, ROUNDING);
    if (!this.#split()) hear(this.#tokens, now, told.tokens, this.#pendingInput + this.#pendingOutput, ROUNDING);
  }

  /**
   * A 429: the dimensions that its headers show as used up (all, when they show none) are empty and shut for
   * `retryAfterMs` (undefined: not shut). The reservation is refunded and closed; its refund is the room that the
   * upstream promised for then. `steep` tells that the refusal was for a rise too fast: the ramp starts over lower.
   */
  refused(
    reservation: Reservation | undefined,
    now: number,
    retryAfterMs: number | undefined,
    told: RateLimits = {},
    steep = false,
  ): void {
    this.reconcile(now, told, reservation);
    const until = now + Math.max(0, retryAfterMs ?? 0);
    const buckets: QuotaBucket[] = [];
    if (told.requests?.remaining === 0) buckets.push(this.#requests);
    if (told.inputTokens?.remaining === 0) buckets.push(this.#input);
    if (told.outputTokens?.remaining === 0) buckets.push(this.#output);
    if (!this.#split() && told.tokens?.remaining === 0) buckets.push(this.#tokens);
    if (steep) for (const bucket of this.#all()) bucket.tooSteep(now);
    else for (const bucket of buckets) bucket.refused(now, until);
    if (steep || buckets.length === 0) this.#shutUntil = Math.max(this.#shutUntil, until);
    if (reservation !== undefined) this.settle(reservation, now, ZERO);
  }

  /** How much of its burst is left in the dimension that is shortest, 0 to 1; 1 without any limit. */
  headroom(now: number): number {
    if (now < this.#shutUntil) return 0;
    let least = 1;
    for (const bucket of this.#all()) {
      if (bucket.limit === Number.POSITIVE_INFINITY) continue;
      least = Math.min(least, bucket.room(now) / bucket.capacity);
    }
    return least;
  }

  /** The dimensions with a limit. */
  states(now: number): readonly QuotaState[] {
    const states: QuotaState[] = [];
    for (const [i, bucket] of this.#all().entries()) {
      if (bucket.limit === Number.POSITIVE_INFINITY) continue;
      states.push({ dimension: KINDS[i] as Dimension, limit: bucket.limit, room: bucket.room(now) });
    }
    return states;
  }

  #all(): readonly QuotaBucket[] {
    const three = [this.#requests, this.#input, this.#output];
    return this.#split() ? three : [...three, this.#tokens];
  }

  /** Whether input or output has a limit of its own: `tokens` then only repeats the shorter of the two. */
  #split(): boolean {
    return this.#input.limit !== Number.POSITIVE_INFINITY || this.#output.limit !== Number.POSITIVE_INFINITY;
  }

  #charge(now: number, input: number, output: number): void {
    this.#move(this.#input, now, input);
    this.#move(this.#output, now, output);
    this.#move(this.#tokens, now, input + output);
  }

  #move(bucket: QuotaBucket, now: number, more: number): void {
    if (more > 0) bucket.take(now, more);
    else bucket.give(now, -more);
  }

  #mine(reservation: Reservation): Booking | undefined {
    const booking = reservation as Booking;
    return this.#open.has(booking) ? booking : undefined;
  }

  #close(booking: Booking): void {
    booking.open = false;
    this.#open.delete(booking);
    this.#pendingRequests -= booking.pendingRequests;
    this.#pendingInput -= booking.pendingInput;
    this.#pendingOutput -= booking.pendingOutput;
    // Fractions leave dust behind; with nothing open, nothing is pending.
    if (this.#open.size === 0) this.#pendingRequests = this.#pendingInput = this.#pendingOutput = 0;
  }

  #sweep(now: number): void {
    this.#sweepAt = now + SWEEP_MS;
    for (const booking of this.#open) if (booking.expires <= now) this.#close(booking);
  }
}

function amount(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}

function hear(bucket: QuotaBucket, now: number, told: RateLimit | undefined, pending: number, slack: number): void {
  if (told !== undefined) bucket.heard(now, told.limit, told.remaining, pending, slack);
}
