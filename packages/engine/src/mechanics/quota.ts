// The upstream's limits of one account and class of models: requests, input and output tokens a minute, booked ahead.

import type { RateLimit, RateLimits } from "@fairlead/protocol";
import { Bag, type Bagged } from "./bag.ts";
import { QuotaBucket, type Stake } from "./quota-bucket.ts";

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
  /** What the upstream should have left, as a share of the limit. */
  readonly headroom: number;
  /** What is booked and not yet charged by the upstream. */
  readonly pending: number;
}

/** `remaining` of tokens is rounded to the nearest thousand. */
const ROUNDING = 500;
/** Reservations are looked over for expired ones this often, milliseconds. */
const SWEEP_MS = 10_000;
/** A reservation without a deadline is given up after so long, milliseconds. */
const LONGEST_MS = 3_600_000;

const NO_LIMIT = Number.POSITIVE_INFINITY;
const KINDS = ["requests", "input", "output", "tokens"] as const;
const ZERO: QuotaCost = { requests: 0, input: 0, output: 0 };

class Booking implements Reservation, Bagged {
  readonly stakes: readonly [requests: Stake, input: Stake, output: Stake, tokens: Stake];
  readonly expires: number;
  open = true;
  place = -1;

  constructor(stakes: Booking["stakes"], expires: number) {
    this.stakes = stakes;
    this.expires = expires;
  }

  get requests(): number {
    return this.stakes[0].amount;
  }

  get input(): number {
    return this.stakes[1].amount;
  }

  get output(): number {
    return this.stakes[2].amount;
  }
}

/**
 * Books what requests are expected to draw, before they are sent, so that the upstream need not refuse them. Reserve the
 * mean, true up while the answer streams (into debt if need be), settle exactly; correct by the rate-limit headers.
 *
 * For any two admissions i and j in a dimension: all that was charged from i to j, less refunds, is at most
 * `limit + rate * time between + (cost of j beyond the limit)`; and where no cost exceeds the burst, at most
 * `burst + rate * time between`.
 *
 * A dimension without a limit always has room. Time is monotonic milliseconds.
 */
export class Quota {
  readonly #requests: QuotaBucket;
  readonly #input: QuotaBucket;
  readonly #output: QuotaBucket;
  readonly #tokens: QuotaBucket;
  readonly #open = new Bag<Booking>();
  #shutUntil = Number.NEGATIVE_INFINITY;
  #sweepAt = Number.NEGATIVE_INFINITY;

  constructor(numbers: QuotaNumbers, limits: QuotaLimits = {}) {
    const { rampStart, rampMs } = numbers;
    const tokens = { burstMs: numbers.tokenBurstMs, rampStart, rampMs };
    this.#requests = new QuotaBucket({ ...tokens, burstMs: numbers.requestBurstMs }, limits.requests);
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
    const input = amount(cost.input);
    const output = amount(cost.output);
    const booking = new Booking(
      [
        this.#requests.book(now, amount(cost.requests)),
        this.#input.book(now, input),
        this.#output.book(now, output),
        this.#tokens.book(now, input + output),
      ],
      now + Math.min(LONGEST_MS, Math.max(0, 2 * withinMs)),
    );
    this.#open.add(booking);
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
    const input = known.input === undefined ? booking.input : amount(known.input);
    const produced = known.output === undefined ? 0 : amount(known.output);
    this.#amend(now, booking, booking.requests, input, Math.max(booking.output, produced));
    const [, inputs, outputs, tokens] = booking.stakes;
    if (known.input !== undefined) this.#input.charged(inputs, input);
    this.#output.charged(outputs, produced);
    this.#tokens.charged(tokens, input - inputs.pending + produced);
  }

  /**
   * The request is over and drew this; an absent part stays as it was charged. Refunds what was too much, never more than
   * was charged, and charges what was too little. The first call counts: later ones do nothing and return false.
   */
  settle(reservation: Reservation, now: number, actual: Partial<QuotaCost>): boolean {
    const booking = this.#mine(reservation);
    if (booking === undefined) return false;
    this.#amend(
      now,
      booking,
      actual.requests === undefined ? booking.requests : amount(actual.requests),
      actual.input === undefined ? booking.input : amount(actual.input),
      actual.output === undefined ? booking.output : amount(actual.output),
    );
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
      this.#requests.charged(booking.stakes[0], booking.requests);
      this.#input.charged(booking.stakes[1], booking.input);
      this.#tokens.charged(booking.stakes[3], booking.input);
    }
    hear(this.#requests, now, told.requests, 0);
    hear(this.#input, now, told.inputTokens, ROUNDING);
    hear(this.#output, now, told.outputTokens, ROUNDING);
    if (!this.#split()) hear(this.#tokens, now, told.tokens, ROUNDING);
  }

  /**
   * A 429: the dimensions of which its headers show nothing left, or less than the reservation (all, when they show
   * none), are empty and shut for `retryAfterMs` (undefined: not shut). The reservation is closed; what it had booked has
   * room then, as the upstream promised. `steep` tells that the refusal was for a rise too fast: the ramp starts lower.
   */
  refused(
    reservation: Reservation | undefined,
    now: number,
    retryAfterMs: number | undefined,
    told: RateLimits = {},
    steep = false,
  ): void {
    const booking = reservation === undefined ? undefined : this.#mine(reservation);
    if (booking !== undefined) this.#nothingPending(booking);
    this.reconcile(now, told);
    const until = now + Math.max(0, retryAfterMs ?? 0);
    const limits = [told.requests, told.inputTokens, told.outputTokens, told.tokens];
    let named = false;
    for (const [i, bucket] of this.#all().entries()) {
      const stake = booking?.stakes[i];
      if (steep) bucket.tooSteep(now);
      else if (lacks(limits[i], stake)) {
        bucket.refused(now, until, stake);
        named = true;
      }
    }
    if (!named) this.#shutUntil = Math.max(this.#shutUntil, until);
    if (booking !== undefined) this.settle(booking, now, ZERO);
  }

  /** What the upstream should have left in the dimension that is shortest, as a share of its limit, 0 to 1; 1 without any. */
  headroom(now: number): number {
    if (now < this.#shutUntil) return 0;
    const three = Math.min(this.#requests.headroom(now), this.#input.headroom(now), this.#output.headroom(now));
    return this.#split() ? three : Math.min(three, this.#tokens.headroom(now));
  }

  /** Whether any dimension has a limit. */
  get limited(): boolean {
    return this.#split() || this.#requests.limit !== NO_LIMIT || this.#tokens.limit !== NO_LIMIT;
  }

  /** The dimensions with a limit. */
  states(now: number): readonly QuotaState[] {
    const states: QuotaState[] = [];
    for (const [i, bucket] of this.#all().entries()) {
      if (bucket.limit === NO_LIMIT) continue;
      const dimension = KINDS[i] as Dimension;
      const room = now < this.#shutUntil ? 0 : bucket.room(now);
      states.push({ dimension, limit: bucket.limit, room, headroom: bucket.headroom(now), pending: bucket.pending });
    }
    return states;
  }

  #all(): readonly QuotaBucket[] {
    const three = [this.#requests, this.#input, this.#output];
    return this.#split() ? three : [...three, this.#tokens];
  }

  /** Whether input or output has a limit of its own: `tokens` then only repeats the shorter of the two. */
  #split(): boolean {
    return this.#input.limit !== NO_LIMIT || this.#output.limit !== NO_LIMIT;
  }

  #amend(now: number, booking: Booking, requests: number, input: number, output: number): void {
    const [first, second, third, fourth] = booking.stakes;
    this.#requests.amend(now, first, requests, false);
    this.#input.amend(now, second, input, false);
    this.#output.amend(now, third, output, true);
    this.#tokens.amend(now, fourth, input + output, true);
  }

  #mine(reservation: Reservation): Booking | undefined {
    const booking = reservation as Booking;
    return this.#open.has(booking) ? booking : undefined;
  }

  #close(booking: Booking): void {
    booking.open = false;
    this.#open.delete(booking);
    this.#nothingPending(booking);
  }

  #nothingPending(booking: Booking): void {
    const [requests, input, output, tokens] = booking.stakes;
    this.#requests.charged(requests, Number.POSITIVE_INFINITY);
    this.#input.charged(input, Number.POSITIVE_INFINITY);
    this.#output.charged(output, Number.POSITIVE_INFINITY);
    this.#tokens.charged(tokens, Number.POSITIVE_INFINITY);
  }

  #sweep(now: number): void {
    this.#sweepAt = now + SWEEP_MS;
    for (const booking of this.#open.all()) if (booking.expires <= now) this.#close(booking);
  }
}

function amount(value: number): number {
  return value > 0 && value < Number.POSITIVE_INFINITY ? value : 0;
}

/** Whether the refusal's headers show too little left of a dimension. */
function lacks(told: RateLimit | undefined, stake: Stake | undefined): boolean {
  const remaining = told?.remaining;
  return remaining !== undefined && (remaining === 0 || (stake !== undefined && remaining < stake.amount));
}

function hear(bucket: QuotaBucket, now: number, told: RateLimit | undefined, slack: number): void {
  if (told !== undefined) bucket.heard(now, told.limit, told.remaining, slack);
}
