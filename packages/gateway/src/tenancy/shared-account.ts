// An account that several instances share: a lease of it is spent here, the rest is known to the store alone.

import { HORIZON_MS, Lease } from "@fairlead/engine";
import type { Clock } from "@fairlead/runtime";
import { type LimitAnswer, type LimitAsk, SHORT_SHARE } from "@fairlead/stores";
import { type Account, type AccountSpec, ASK, capacityOf, KINDS, perMsOf, type Standing } from "./account.ts";
import { type Away, away, type Known } from "./away.ts";

/** What requests wait for of one account. */
export interface Waiting {
  readonly need: number;
  /** The first of them alone. */
  readonly least: number;
}

export const NOBODY: Waiting = { need: 0, least: 0 };

/** A shared account, as the trades see it. */
export interface Shared extends Account {
  /** A request would draw so much, whether it may or not. */
  asked(amount: number, now: number): void;
  /** What to tell and ask the store; undefined for nothing. After it comes `answered`, `untold` or, when the store is away, `leave`. */
  tell(now: number, waiting: Waiting): LimitAsk | undefined;
  answered(ask: LimitAsk, answer: LimitAnswer, sentAt: number, now: number): void;
  /** What was told did not count: it is told again. After `back`. */
  untold(ask: LimitAsk): void;
  /** The store is away: goes on alone. */
  leave(now: number, known: Omit<Known, "left" | "held">): void;
  /** It is back. `forgot`: it has lost what it knew, and is told by as many instances as there are. */
  back(now: number, forgot: boolean, instances: number): void;
  /** Money is known to be spent in a window, by the ledger. */
  floor(pico: number, window: number): void;
  /** Everything held is to be given back with the next `tell`. */
  surrender(): void;
  /** Whether nothing is held or owed, and nobody has asked for a while. */
  quiet(now: number): boolean;
}

/** A lease of this part of all is kept up also while nobody asks: asking for it anew each time would cost a call. */
const LITTLE_SHARE = 0.1;
/** One that nobody asks for is not looked at any more after this, milliseconds. */
const QUIET_MS = 10_000;

/** A shared rate, or shared money. */
export class SharedAccount implements Shared {
  spec: AccountSpec;
  readonly #clock: Clock;
  readonly #lease: Lease;
  readonly #money: boolean;
  #left: number | undefined;
  #leftAt = 0;
  #short = false;
  /** 0 while nobody has told which it is. */
  #window = 0;
  /** The one before. */
  #past = 0;
  #endsAt = Number.POSITIVE_INFINITY;
  #floor = 0;
  #floorWindow = 0;
  #away: Away | undefined;

  constructor(spec: AccountSpec, clock: Clock) {
    this.spec = spec;
    this.#clock = clock;
    this.#lease = new Lease(clock.now());
    this.#money = KINDS[spec.dimension] !== "rate";
  }

  get unconfirmed(): boolean {
    return this.#away?.unconfirmed() === true;
  }

  waitMs(amount: number, now: number): number {
    this.#turn(now);
    if (this.#lease.left(now) >= amount) return 0;
    if (this.#away !== undefined) return this.#away.waitMs(amount, now);
    if (this.#left === undefined) return ASK;
    const age = now - this.#leftAt;
    const wait = this.#waitFor(amount - this.#lease.left(now), now);
    // Who was told that there is too little does not ask with every request anew.
    if (this.#short && age < HORIZON_MS) return Math.max(wait, HORIZON_MS - age);
    return wait > 0 && age < HORIZON_MS ? wait : ASK;
  }

  asked(amount: number, now: number): void {
    this.#lease.asked(amount, now);
  }

  draw(amount: number, now: number): number {
    if (this.#away === undefined || this.#lease.left(now) >= amount) this.#lease.spend(amount, now);
    else this.#away.draw(amount, now);
    return this.#window;
  }

  settle(delta: number, window: number, now: number): void {
    this.#turn(now);
    if (this.#money && window !== this.#window) {
      // Nobody has asked in the window that has begun: what is drawn in it is told with the next trade.
      if (this.#window !== 0 || window <= this.#past) return;
      this.#window = window;
    }
    if (this.#away !== undefined) this.#away.draw(delta, now);
    else if (delta > 0) this.#lease.spend(delta, now);
    else this.#lease.refund(-delta);
  }

  over(window: number, now: number): boolean {
    this.#turn(now);
    return window < this.#window || (window !== 0 && window <= this.#past);
  }

  resize(spec: AccountSpec, now: number): void {
    if (this.#left !== undefined) this.#left += capacityOf(spec) - capacityOf(this.spec);
    this.#short = false;
    this.spec = spec;
    this.#away?.resize(spec, now);
  }

  tell(now: number, { need, least }: Waiting): LimitAsk | undefined {
    this.#turn(now);
    const floor = this.#floorWindow === this.#window ? this.#floor : 0;
    const told = this.#lease.tell(now, need, capacityOf(this.spec) * LITTLE_SHARE);
    if (told === undefined && floor === 0) return undefined;
    if (floor > 0) this.#floor = 0;
    const { hold, debit, give, want } = told ?? { hold: this.#lease.left(now), debit: 0, give: 0, want: 0 };
    return {
      key: this.spec.key,
      kind: KINDS[this.spec.dimension],
      capacity: capacityOf(this.spec),
      perMs: perMsOf(this.spec),
      hold,
      debit,
      give,
      need: Math.max(0, need - hold),
      least: Math.max(0, least - hold),
      want,
      window: this.#window,
      floor,
    };
  }

  answered(ask: LimitAsk, { granted, left, window, endsInMs }: LimitAnswer, sentAt: number, now: number): void {
    if (this.#money) {
      if (window !== this.#window && this.#window !== 0) this.#lease.clear();
      this.#window = window;
      this.#endsAt = now + endsInMs;
    }
    this.#lease.answered(granted, sentAt, now, left >= capacityOf(this.spec) * SHORT_SHARE);
    this.#left = left;
    this.#leftAt = now;
    this.#short = granted < ask.need || (granted < ask.need + ask.want && left < 1);
  }

  untold({ debit, give, floor, window }: LimitAsk): void {
    this.#lease.owe(debit - give);
    if (floor > 0 && window === this.#window) this.floor(floor, window);
  }

  leave(now: number, known: Omit<Known, "left" | "held">): void {
    if (this.#away !== undefined) return;
    const left = this.#left === undefined ? undefined : this.#leftNow(now);
    const held = this.#lease.take(now);
    this.#away = away(this.spec, { ...known, left: left ?? this.#knownByLedger(), held }, this.#clock);
    if (this.#money) this.#byAway(this.#away, now);
  }

  back(now: number, forgot: boolean, instances: number): void {
    this.#turn(now);
    const was = this.#away;
    this.#away = undefined;
    if (forgot && this.#money && this.#left !== undefined) {
      this.floor(Math.max(0, this.spec.limit - this.#left), this.#window);
    }
    if (was !== undefined) this.#lease.owe(was.owed(now, forgot));
    else if (forgot && !this.#money && this.#left !== undefined) {
      this.#lease.owe(Math.max(0, Math.ceil((capacityOf(this.spec) - this.#leftNow(now)) / instances)));
    }
    this.#left = undefined;
    this.#short = false;
  }

  floor(known: number, window: number): void {
    // What was drawn here while the store is away is owed besides: the ledger may have it by now.
    const pico = Math.max(0, known - (this.#away?.owed(this.#clock.now(), false) ?? 0));
    this.#floor = this.#floorWindow === window ? Math.max(this.#floor, pico) : pico;
    this.#floorWindow = window;
    if (this.#window === 0) this.#window = window;
  }

  surrender(): void {
    this.#lease.surrender();
  }

  quiet(now: number): boolean {
    return this.#away === undefined && this.#lease.idle && now - this.#lease.usedAt > QUIET_MS;
  }

  standing(now: number): Standing {
    const held = this.#lease.left(now);
    const state = this.#away === undefined ? "leased" : "share";
    const capacity = capacityOf(this.spec);
    const left = Math.min(capacity, (this.#away?.left(now) ?? this.#leftNow(now)) + held);
    const resetMs = this.#money ? Math.max(0, this.#endsAt - now) : (capacity - left) / perMsOf(this.spec);
    return { left, resetMs: Number.isFinite(resetMs) ? resetMs : 0, state, held };
  }

  /** What is left of money when only the ledger has told. */
  #knownByLedger(): number | undefined {
    return this.#floor > 0 ? this.spec.limit - this.#floor : undefined;
  }

  #leftNow(now: number): number {
    const capacity = capacityOf(this.spec);
    return Math.min(capacity, (this.#left ?? capacity) + perMsOf(this.spec) * (now - this.#leftAt));
  }

  #waitFor(amount: number, now: number): number {
    const short = Math.min(amount, capacityOf(this.spec)) - this.#leftNow(now);
    if (short <= 0) return 0;
    return this.#money ? this.#endsAt - now : short / perMsOf(this.spec);
  }

  /** The window of money is over. */
  #turn(now: number): void {
    if (!this.#money || now < this.#endsAt) return;
    this.#lease.clear();
    this.#left = undefined;
    this.#short = false;
    if (this.#window !== 0) this.#past = this.#window;
    this.#window = 0;
    this.#endsAt = Number.POSITIVE_INFINITY;
    if (this.#away !== undefined) this.#byAway(this.#away, now);
  }

  /** While the store is away the clock here tells the window. */
  #byAway(away: Away, now: number): void {
    const { start, endsInMs } = away.window();
    this.#window = start;
    this.#endsAt = now + endsInMs;
    if (this.#past >= start) this.#past = 0;
  }
}
