// One dimension of an upstream's quota: the bucket the upstream keeps, as we believe it to be, and a pace within it.

/** The numbers of a quota's buckets. */
export interface BucketNumbers {
  /** How many milliseconds of the rate may go at once after a pause. */
  readonly burstMs: number;
  /** Share of the rate that may go on after idleness or at failover, (0, 1]; 1 turns the ramp off. */
  readonly rampStart: number;
  /** The time in which the share in use may double, milliseconds. */
  readonly rampMs: number;
}

const MINUTE = 60_000;
/** From this share on the ramp is over: what ebbs between two requests at the full rate is not taken off it. */
const RAMP_DONE = 0.9;
/** A refusal for a rise too fast leaves at least this share. */
const RAMP_LEAST = 0.05;
/** However often it is refused, a bucket lets this much go at once, milliseconds of rate. */
const BURST_LEAST_MS = 1_000;
/** A burst cut short doubles again after so long without a refusal, milliseconds. */
const BURST_HEAL_MS = 300_000;
/** Refusals within so many milliseconds are one. */
const SAME_MOMENT_MS = 1_000;
/** The share by which binary fractions may leave a whole short. */
const DUST = 1e-9;
const NO_LIMIT = Number.POSITIVE_INFINITY;

/** A level that fills up to a capacity, falls into debt, and counts what it could not hold. */
class Level {
  capacity = NO_LIMIT;
  value = NO_LIMIT;
  /** All that did not fit, less what late charges were let off. */
  spilled = 0;

  resize(capacity: number): void {
    if (this.capacity === NO_LIMIT) this.value = capacity;
    this.capacity = capacity;
    this.value = Math.min(this.value, capacity);
  }

  fill(amount: number): void {
    const room = this.capacity - this.value;
    if (amount > room) {
      this.spilled += amount - room;
      this.value = this.capacity;
    } else this.value += amount;
  }

  /**
   * Charges what was drawn gradually since `spilledThen` and is told only now: what spilled meanwhile would have paid for
   * it, and is not charged. Returns what is.
   */
  late(amount: number, spilledThen: number): number {
    const paid = Math.min(amount, Math.max(0, this.spilled - spilledThen));
    this.spilled -= paid;
    this.value -= amount - paid;
    return amount - paid;
  }

  give(amount: number): void {
    this.value = Math.min(this.capacity, this.value + amount);
  }
}

/** What one request has in one bucket. */
export interface Stake {
  /** Booked or drawn, as told last. */
  amount: number;
  /** The part of it that the upstream has not charged yet, as far as is known here. */
  pending: number;
  /** Charged to the upstream's bucket and to the pace. */
  held: number;
  paced: number;
  /** How much each had spilled when it was booked. */
  readonly spilled: number;
  readonly paceSpilled: number;
}

/**
 * Two levels, both filled continuously at `limit / minute`. One is the upstream's own bucket of a minute's size, charged
 * with all that is booked and corrected by the headers. The other, the pace, holds `burstMs` of the rate, so that a
 * minute's worth does not go at once: a booking larger than it is charged at its size there, and goes when it is full.
 * (The platform documents a token bucket with continuous refill, and that 60 requests a minute may be enforced as one a
 * second; platform.claude.com "Rate limits".)
 *
 * The ramp: the platform also limits sharp increases, without numbers. The pace fills at `share` of the rate; all that
 * is booked raises the share so that at full use it doubles in about `rampMs`, and idleness lowers it towards
 * `rampStart` with a half-life of twice that. These numbers are a choice of ours.
 *
 * While no limit is known everything has room. Times are monotonic milliseconds; time that stands still or goes
 * backwards changes nothing.
 */
export class QuotaBucket {
  readonly #numbers: BucketNumbers;
  readonly #upstream = new Level();
  readonly #pace = new Level();
  /** Per minute, as configured; Infinity when it is not. */
  readonly #own: number;
  /** Per minute, as the upstream told; Infinity while it has not. */
  #told = NO_LIMIT;
  #limit: number;
  /** Filled up to here; in the future after a refusal, which is when filling begins again. */
  #at = Number.NEGATIVE_INFINITY;
  #shutUntil = Number.NEGATIVE_INFINITY;
  #share: number;
  #burstMs: number;
  #burstCutAt = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;
  #pending = 0;

  /** @param own the configured limit per minute; undefined: learned only */
  constructor(numbers: BucketNumbers, own: number | undefined) {
    this.#numbers = numbers;
    this.#own = own !== undefined && own > 0 ? own : NO_LIMIT;
    this.#limit = this.#own;
    this.#share = numbers.rampStart;
    this.#burstMs = numbers.burstMs;
    this.#resize();
  }

  /** The limit per minute in force; Infinity while none is known. */
  get limit(): number {
    return this.#limit;
  }

  /** What is booked and not yet charged by the upstream. */
  get pending(): number {
    return this.#pending;
  }

  /** What may go at once now: never below 0, 0 while shut; Infinity without a limit. */
  room(now: number): number {
    this.#fill(now);
    return now < this.#shutUntil ? 0 : Math.max(0, Math.min(this.#upstream.value, this.#pace.value));
  }

  /** What the upstream's bucket should have left now, as a share of the limit, 0 to 1; 1 without a limit. */
  headroom(now: number): number {
    if (this.#limit === NO_LIMIT) return 1;
    this.#fill(now);
    return now < this.#shutUntil ? 0 : Math.max(0, this.#upstream.value / this.#upstream.capacity);
  }

  /** Milliseconds until `amount` has room if nothing else is charged; 0 for now. Debts are waited out for nothing, too. */
  waitMs(now: number, amount: number): number {
    this.#fill(now);
    const shut = Math.max(0, this.#shutUntil - now);
    if (this.#limit === NO_LIMIT) return shut;
    const rate = this.#limit / MINUTE;
    const here = shortage(this.#upstream, amount) / rate;
    const paced = shortage(this.#pace, amount) / (rate * this.#slope());
    const longer = Math.max(here, paced);
    return longer > 0 ? Math.max(shut, Math.max(0, this.#at - now) + Math.ceil(longer - 10 * DUST)) : shut;
  }

  /** Books an amount, into debt if need be. */
  book(now: number, amount: number): Stake {
    this.#pending += amount;
    const { spilled } = this.#upstream;
    const paceSpilled = this.#pace.spilled;
    if (this.#limit === NO_LIMIT) return { amount, pending: amount, held: 0, paced: 0, spilled, paceSpilled };
    this.#fill(now);
    const paced = Math.min(amount, this.#pace.capacity);
    this.#upstream.value -= amount;
    this.#pace.value -= paced;
    this.#climb(amount);
    return {
      amount,
      pending: amount,
      held: amount,
      paced,
      spilled: this.#upstream.spilled,
      paceSpilled: this.#pace.spilled,
    };
  }

  /**
   * The amount is another than was booked. Less is given back, never more than was charged; more is charged, into debt
   * if need be, but for what the bucket spilled since the booking when it was drawn `gradually`.
   */
  amend(now: number, stake: Stake, amount: number, gradually: boolean): void {
    const more = amount - stake.amount;
    stake.amount = amount;
    if (this.#limit === NO_LIMIT) return;
    this.#fill(now);
    if (more > 0) {
      stake.held += this.#upstream.late(more, gradually ? stake.spilled : NO_LIMIT);
      stake.paced += this.#pace.late(more, gradually ? stake.paceSpilled : NO_LIMIT);
      this.#climb(more);
    } else if (more < 0) {
      this.#upstream.give(Math.max(0, stake.held - amount));
      this.#pace.give(Math.max(0, stake.paced - amount));
      stake.held = Math.min(stake.held, amount);
      stake.paced = Math.min(stake.paced, amount);
    }
  }

  /** The upstream has charged at least this much of it. */
  charged(stake: Stake, amount: number): void {
    const pending = Math.min(stake.pending, Math.max(0, stake.amount - amount));
    this.#pending -= stake.pending - pending;
    stake.pending = pending;
  }

  /**
   * The upstream told its limit per minute and what is left, to `slack`. Corrects what is believed of its bucket: down at
   * once, for what is pending is still to come; up by at most half the rate, and never above a lower limit of our own.
   */
  heard(now: number, limit: number | undefined, remaining: number | undefined, slack: number): void {
    this.#fill(now);
    if (limit !== undefined && limit > 0 && limit !== this.#told) {
      this.#told = limit;
      this.#limit = Math.min(this.#own, limit);
      this.#at = Math.max(this.#at, now);
      this.#resize();
    }
    if (remaining === undefined || this.#limit === NO_LIMIT) return;
    const left = remaining - this.#pending;
    this.#upstream.value = Math.min(this.#upstream.value, left + slack);
    const passed = now - this.#heardAt;
    if (!(passed > 0)) return;
    this.#heardAt = now;
    const gap = Math.min(left - slack, this.#upstream.capacity) - this.#upstream.value;
    if (gap > 0 && this.#told <= this.#own && passed < NO_LIMIT) {
      this.#upstream.value += Math.min(gap, (0.5 * this.#limit * passed) / MINUTE);
    }
  }

  /**
   * The upstream refused for want of this dimension: empty, and nothing goes before `until`, when filling begins; what the
   * refused `stake` had booked has room then, as the upstream promised. As our book had room for what was refused, bursts
   * are half as long from now on; several refusals of one moment count once.
   */
  refused(now: number, until: number, stake: Stake | undefined): void {
    this.#fill(now);
    const known = now < this.#shutUntil || now < this.#burstCutAt + SAME_MOMENT_MS;
    this.#shutUntil = Math.max(this.#shutUntil, until);
    if (this.#limit === NO_LIMIT) return;
    if (!known) {
      this.#burstMs = Math.min(this.#burstMs, Math.max(BURST_LEAST_MS, this.#burstMs / 2));
      this.#burstCutAt = now;
      this.#resize();
    }
    const promised = stake?.amount ?? 0;
    this.#upstream.value = Math.min(this.#upstream.value, 0) + Math.min(promised, this.#upstream.capacity);
    this.#pace.value = Math.min(this.#pace.value, 0) + Math.min(promised, this.#pace.capacity);
    this.#at = Math.max(this.#at, until);
    if (stake !== undefined) stake.amount = stake.held = stake.paced = 0;
  }

  /** The upstream refused because use rises too fast. */
  tooSteep(now: number): void {
    this.#fill(now);
    this.#share = Math.max(Math.min(RAMP_LEAST, this.#numbers.rampStart), this.#slope() / 2);
  }

  /** The share of the rate at which the pace fills. */
  #slope(): number {
    return this.#share >= RAMP_DONE ? 1 : this.#share;
  }

  #climb(amount: number): void {
    const gain = (Math.LN2 * amount * MINUTE) / (this.#limit * this.#numbers.rampMs);
    this.#share = Math.min(1, this.#share + gain);
  }

  #fill(now: number): void {
    const passed = now - this.#at;
    if (!(passed > 0)) return;
    this.#at = now;
    if (this.#limit === NO_LIMIT || passed === NO_LIMIT) return;
    if (this.#burstMs < this.#numbers.burstMs && now - this.#burstCutAt >= BURST_HEAL_MS) {
      this.#burstMs = Math.min(this.#numbers.burstMs, this.#burstMs * 2);
      this.#burstCutAt = now;
      this.#resize();
    }
    const amount = (this.#limit / MINUTE) * passed;
    this.#upstream.fill(amount);
    this.#pace.fill(amount * this.#slope());
    if (this.#share !== this.#numbers.rampStart) {
      const kept = 2 ** (-passed / (2 * this.#numbers.rampMs));
      this.#share = this.#numbers.rampStart + (this.#share - this.#numbers.rampStart) * kept;
    }
  }

  #resize(): void {
    if (this.#limit === NO_LIMIT) return;
    this.#upstream.resize(Math.max(1, this.#limit));
    this.#pace.resize(Math.max(1, (this.#limit * this.#burstMs) / MINUTE));
  }
}

function shortage(level: Level, amount: number): number {
  const short = Math.min(amount, level.capacity) - level.value;
  return short > DUST * (1 + level.capacity) ? short : 0;
}
