// While Redis is away: an instance goes on with its part of a limit, and remembers what it drew of it.

import { RateAccount } from "@fairlead/engine";
import type { Clock } from "@fairlead/runtime";
import { moneyWindow } from "@fairlead/stores";
import { type AccountSpec, capacityOf, KINDS, perMsOf } from "./account.ts";

/** What is known at the moment when Redis goes away. */
export interface Known {
  /** Instances that share the limit. */
  readonly instances: number;
  /** What was left of it, for all; undefined when nobody ever told. */
  readonly left: number | undefined;
  /** What this instance had taken out and not spent. */
  readonly held: number;
  /** What may be spent of a budget meanwhile, as a part of it, by all together. */
  readonly moneyShare: number;
  /** Until when, monotonic milliseconds. */
  readonly moneyUntil: number;
}

/** One instance's part of one amount. */
export interface Away {
  waitMs(amount: number, now: number): number;
  draw(amount: number, now: number): void;
  /** What is left of the part. */
  left(now: number): number;
  /** What must be told when the store is back: drawn here, and not come back since. `forgot`: it has lost what it knew. */
  owed(now: number, forgot: boolean): number;
  /** True when it is closed for want of knowledge, not of money. */
  unconfirmed(): boolean;
  /** Of money: the window that it is about, and when that ends, milliseconds from now. */
  window(): { readonly start: number; readonly endsInMs: number };
  /** The limit was changed. */
  resize(spec: AccountSpec, now: number): void;
}

/** Goes on with a part. */
export function away(spec: AccountSpec, known: Known, clock: Clock): Away {
  return KINDS[spec.dimension] === "rate" ? new AwayRate(spec, known, clock.now()) : new AwayMoney(spec, known, clock);
}

class AwayRate implements Away {
  readonly #account: RateAccount;
  readonly #instances: number;
  #missing: number;
  #perMs: number;
  #since: number;

  constructor(spec: AccountSpec, { instances, left, held }: Known, now: number) {
    const capacity = capacityOf(spec);
    this.#instances = instances;
    this.#perMs = perMsOf(spec) / instances;
    this.#missing = Math.max(0, (capacity - (left ?? capacity)) / instances - held);
    this.#since = now;
    this.#account = new RateAccount(this.#perMs, capacity / instances, now, this.#missing);
  }

  waitMs(amount: number, now: number): number {
    return this.#account.waitMs(amount, now);
  }

  draw(amount: number, now: number): void {
    this.#account.draw(amount, now);
  }

  left(now: number): number {
    return this.#account.available(now);
  }

  owed(now: number, forgot: boolean): number {
    return Math.max(0, Math.ceil(this.#account.missing(now) - (forgot ? 0 : this.#missingNow(now))));
  }

  /** What would be missing still if nothing had been drawn here. */
  #missingNow(now: number): number {
    return Math.max(0, this.#missing - this.#perMs * (now - this.#since));
  }

  unconfirmed(): boolean {
    return false;
  }

  window(): { start: number; endsInMs: number } {
    return { start: 0, endsInMs: Number.POSITIVE_INFINITY };
  }

  resize(spec: AccountSpec, now: number): void {
    this.#missing = this.#missingNow(now);
    this.#since = now;
    this.#perMs = perMsOf(spec) / this.#instances;
    this.#account.resize(this.#perMs, capacityOf(spec) / this.#instances, now);
  }
}

class AwayMoney implements Away {
  #spec: AccountSpec;
  readonly #known: Known;
  readonly #clock: Clock;
  #window: number;
  /** What was left of it for all, and what was held here, when the window was the same. */
  #left: number | undefined;
  #held: number;
  #allowed: number;
  #spent = 0;

  constructor(spec: AccountSpec, known: Known, clock: Clock) {
    this.#spec = spec;
    this.#known = known;
    this.#clock = clock;
    this.#window = this.#at().start;
    this.#left = known.left;
    this.#held = known.held;
    this.#allowed = this.#part();
  }

  waitMs(amount: number, now: number): number {
    this.#turn();
    const left = this.#allowed - this.#spent;
    const { limit } = this.#spec;
    // One that is larger than the part may go as its first, but not one that is larger than what is left for all.
    const room = Math.min(amount, limit) <= (this.#left ?? limit) + this.#held;
    if (now < this.#known.moneyUntil && left > 0 && room && left >= Math.min(amount, this.#allowed)) return 0;
    return this.unconfirmed() ? UNCONFIRMED_MS : this.#at().end - this.#clock.wall();
  }

  draw(amount: number): void {
    this.#turn();
    this.#spent += amount;
  }

  left(): number {
    return this.#allowed - this.#spent;
  }

  owed(): number {
    this.#turn();
    return this.#spent;
  }

  unconfirmed(): boolean {
    // When nothing was left before, it is spent, whoever is asked.
    return (this.#left ?? 1) > 0;
  }

  window(): { start: number; endsInMs: number } {
    this.#turn();
    return { start: this.#window, endsInMs: this.#at().end - this.#clock.wall() };
  }

  resize(spec: AccountSpec): void {
    this.#turn();
    if (this.#left !== undefined) this.#left += spec.limit - this.#spec.limit;
    this.#spec = spec;
    this.#allowed = this.#part();
  }

  #at() {
    return moneyWindow(KINDS[this.#spec.dimension] as "hour" | "day" | "month", this.#clock.wall());
  }

  #part(): number {
    const { instances, moneyShare } = this.#known;
    const { limit } = this.#spec;
    return Math.max(0, Math.floor(Math.min(limit * moneyShare, this.#left ?? limit) / instances)) + this.#held;
  }

  #turn(): void {
    const { start } = this.#at();
    if (start <= this.#window) return;
    this.#window = start;
    this.#spent = 0;
    this.#left = undefined;
    this.#held = 0;
    this.#allowed = this.#part();
  }
}

/** Whoever is refused because a budget is not confirmed comes back after this, milliseconds. */
const UNCONFIRMED_MS = 5_000;
