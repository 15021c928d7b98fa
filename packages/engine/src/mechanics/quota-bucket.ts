// One dimension of an upstream's quota: a continuously refilled bucket with a ramp, which may be unknown, and in debt.

/** The numbers of a quota's buckets. */
export interface BucketNumbers {
  /** How many milliseconds of the rate may go at once after a pause. */
  readonly burstMs: number;
  /** The least that fits into the bucket, so that a lone request never waits for a slow rate. */
  readonly least: number;
  /** Share of the rate that may go on after idleness or at failover, above 0; 1 turns the ramp off. */
  readonly rampStart: number;
  /** The time in which the share in use may double, milliseconds. */
  readonly rampMs: number;
}

const MINUTE = 60_000;
/** From this share on the ramp is over: what ebbs between two requests at the full rate is not taken off it. */
const RAMP_DONE = 0.9;
/** A refusal for going too fast leaves at least this share. */
const RAMP_LEAST = 0.05;
/** However often it is refused, a bucket lets this much go at once, milliseconds of rate. */
const BURST_LEAST_MS = 1_000;
/** A burst cut short doubles again after so long without a refusal, milliseconds. */
const BURST_HEAL_MS = 300_000;
/** What binary fractions may leave short of a whole. */
const DUST = 1e-6;

/**
 * A token bucket in the upstream's own terms: it fills continuously at `limit / minute`, up to `burstMs` of that rate
 * (the platform documents a token bucket with continuous refill, and that 60 requests a minute may be enforced as one a
 * second; platform.claude.com "Rate limits"). A cost larger than the bucket passes when it is full, and leaves a debt.
 *
 * The ramp: the platform also limits sharp increases, without numbers. The rate is `share` of the limit; all that is
 * charged raises the share so that at full use it doubles in `rampMs`, and idleness lowers it towards `rampStart` with
 * a half-life of twice that. These numbers are a choice of ours.
 *
 * While no limit is known everything has room. Times are monotonic milliseconds; time that stands still or goes
 * backwards changes nothing.
 */
export class QuotaBucket {
  readonly #numbers: BucketNumbers;
  /** Per minute, as configured; Infinity when it is not. */
  readonly #own: number;
  /** Per minute, as the upstream told; Infinity while it has not. */
  #told = Number.POSITIVE_INFINITY;
  #limit: number;
  #capacity = Number.POSITIVE_INFINITY;
  #level = Number.POSITIVE_INFINITY;
  /** Filled up to here; in the future after a refusal, which is when filling begins again. */
  #at = Number.NEGATIVE_INFINITY;
  #shutUntil = Number.NEGATIVE_INFINITY;
  #share: number;
  #burstMs: number;
  #burstCutAt = Number.NEGATIVE_INFINITY;
  #heardAt = Number.NEGATIVE_INFINITY;

  /** @param own the configured limit per minute; undefined: learned only */
  constructor(numbers: BucketNumbers, own: number | undefined) {
    this.#numbers = numbers;
    this.#own = own !== undefined && own > 0 ? own : Number.POSITIVE_INFINITY;
    this.#limit = this.#own;
    this.#share = numbers.rampStart;
    this.#burstMs = numbers.burstMs;
    this.#resize();
    this.#level = this.#capacity;
  }

  /** The limit per minute in force; Infinity while none is known. */
  get limit(): number {
    return this.#limit;
  }

  /** What fits in, as the burst is now. */
  get capacity(): number {
    return this.#capacity;
  }

  /** What may go at once now: never below 0, 0 while shut; Infinity without a limit. */
  room(now: number): number {
    this.#fill(now);
    return now < this.#shutUntil ? 0 : Math.max(0, this.#level);
  }

  /** What is in it, debts as negative numbers. */
  level(now: number): number {
    this.#fill(now);
    return this.#level;
  }

  /** Milliseconds until `cost` has room if nothing else is charged; 0 for now. */
  waitMs(now: number, cost: number): number {
    this.#fill(now);
    const shut = Math.max(0, this.#shutUntil - now);
    const short = Math.min(cost, this.#capacity) - this.#level;
    if (!(short > DUST)) return shut;
    return Math.max(shut, Math.max(0, this.#at - now) + Math.ceil(short / this.#rate()));
  }

  /** Charges, into debt if need be. */
  take(now: number, cost: number): void {
    if (this.#limit === Number.POSITIVE_INFINITY || cost <= 0) return;
    this.#fill(now);
    this.#level -= cost;
    const gain = (Math.LN2 * cost * MINUTE) / (this.#limit * this.#numbers.rampMs);
    this.#share = Math.min(1, this.#share + gain);
  }

  /** Gives back what was charged; what does not fit is lost. */
  give(now: number, amount: number): void {
    if (amount <= 0) return;
    this.#fill(now);
    this.#level = Math.min(this.#capacity, this.#level + amount);
  }

  /**
   * The upstream told its limit per minute and what is left. `pending` is what was charged here and not yet there;
   * `slack` by how much rounding may understate. Downward at once. Upward at most at half the rate again, only as far as
   * the upstream's bucket is full, and never when our configured limit is the lower one.
   */
  heard(now: number, limit: number | undefined, remaining: number | undefined, pending: number, slack: number): void {
    if (limit !== undefined && limit > 0) this.#learn(now, limit, pending);
    if (remaining === undefined || this.#limit === Number.POSITIVE_INFINITY) return;
    this.#fill(now);
    this.#level = Math.min(this.#level, remaining + slack - pending);
    const passed = now - this.#heardAt;
    if (!(passed > 0)) return;
    this.#heardAt = now;
    if (this.#told > this.#own || passed === Number.POSITIVE_INFINITY) return;
    const sure = this.#capacity - Math.max(0, this.#told - remaining) - pending - slack;
    if (sure > this.#level) this.#level = Math.min(sure, this.#level + (0.5 * this.#limit * passed) / MINUTE);
  }

  /**
   * The upstream refused for want of this dimension: empty, and nothing goes before `until`, when filling begins. As our
   * book had room for what was refused, bursts are half as long from now on; several refusals of one moment count once.
   */
  refused(now: number, until: number): void {
    this.#fill(now);
    const known = now < this.#shutUntil || now < this.#burstCutAt + 1_000;
    this.#shutUntil = Math.max(this.#shutUntil, until);
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    if (!known) {
      this.#burstMs = Math.min(this.#burstMs, Math.max(BURST_LEAST_MS, this.#burstMs / 2));
      this.#burstCutAt = now;
      this.#resize();
    }
    this.#level = Math.min(this.#level, 0);
    this.#at = Math.max(this.#at, until);
  }

  /** The upstream refused because use rises too fast. */
  tooSteep(now: number): void {
    this.#fill(now);
    const effective = this.#share >= RAMP_DONE ? 1 : this.#share;
    this.#share = Math.max(Math.min(RAMP_LEAST, this.#numbers.rampStart), effective / 2);
  }

  /** Tokens a millisecond, as the ramp is now. */
  #rate(): number {
    return (this.#limit / MINUTE) * (this.#share >= RAMP_DONE ? 1 : this.#share);
  }

  #fill(now: number): void {
    const passed = now - this.#at;
    if (!(passed > 0)) return;
    this.#at = now;
    if (this.#limit === Number.POSITIVE_INFINITY || passed === Number.POSITIVE_INFINITY) return;
    if (this.#burstMs < this.#numbers.burstMs && now - this.#burstCutAt >= BURST_HEAL_MS) {
      this.#burstMs = Math.min(this.#numbers.burstMs, this.#burstMs * 2);
      this.#burstCutAt = now;
      this.#resize();
    }
    this.#level = Math.min(this.#capacity, this.#level + this.#rate() * passed);
    if (this.#share !== this.#numbers.rampStart) {
      const kept = 2 ** (-passed / (2 * this.#numbers.rampMs));
      this.#share = this.#numbers.rampStart + (this.#share - this.#numbers.rampStart) * kept;
    }
  }

  #learn(now: number, limit: number, pending: number): void {
    if (limit === this.#told) return;
    this.#fill(now);
    const first = this.#limit === Number.POSITIVE_INFINITY;
    this.#told = limit;
    this.#limit = Math.min(this.#own, limit);
    this.#resize();
    if (first) {
      this.#level = this.#capacity - pending;
      this.#at = Math.max(this.#at, now, this.#shutUntil);
    }
  }

  #resize(): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#capacity = Math.max(this.#numbers.least, (this.#limit * this.#burstMs) / MINUTE);
    this.#level = Math.min(this.#level, this.#capacity);
  }
}
