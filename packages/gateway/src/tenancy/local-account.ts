// Accounts that are kept in this instance: all of them when it is alone, or its part of them while Redis is away.

import { MoneyAccount, RateAccount } from "@fairlead/engine";
import type { Clock } from "@fairlead/runtime";
import { type LimitKind, moneyWindow } from "@fairlead/stores";
import { type Account, type AccountSpec, capacityOf, KINDS, perMsOf, type Standing } from "./account.ts";

/** Who waits for a stream to end comes back after this, milliseconds: nobody knows when one will. */
const STREAM_MS = 1_000;

/** An account of this instance alone, full at the start. */
export function localAccount(spec: AccountSpec, clock: Clock): LocalAccount {
  const kind = KINDS[spec.dimension];
  if (kind === "rate") return new LocalRate(spec, clock.now());
  return kind === "gauge" ? new LocalGauge(spec) : new LocalMoney(spec, kind, clock);
}

/** An account here that may be told what was spent before. */
export interface LocalAccount extends Account {
  /** Adds what was spent in a window before this process began. */
  before?(pico: bigint, window: number): void;
  /** As much was spent in a window at least, beside what is kept for requests under way. */
  atLeast?(pico: bigint, window: number, kept: number): void;
}

class LocalRate implements Account {
  readonly unconfirmed = false;
  spec: AccountSpec;
  readonly #account: RateAccount;

  constructor(spec: AccountSpec, now: number) {
    this.spec = spec;
    this.#account = new RateAccount(perMsOf(spec), capacityOf(spec), now);
  }

  waitMs(amount: number, now: number): number {
    return this.#account.waitMs(amount, now);
  }

  draw(amount: number, now: number): number {
    this.#account.draw(amount, now);
    return 0;
  }

  settle(delta: number, _window: number, now: number): void {
    this.#account.draw(delta, now);
  }

  resize(spec: AccountSpec, now: number): void {
    this.spec = spec;
    this.#account.resize(perMsOf(spec), capacityOf(spec), now);
  }

  standing(now: number): Standing {
    return { left: this.#account.available(now), resetMs: this.#account.fullInMs(now), state: "here", held: 0 };
  }
}

class LocalGauge implements Account {
  readonly unconfirmed = false;
  spec: AccountSpec;
  #used = 0;

  constructor(spec: AccountSpec) {
    this.spec = spec;
  }

  waitMs(amount: number): number {
    return this.#used + amount <= this.spec.limit ? 0 : STREAM_MS;
  }

  draw(amount: number): number {
    this.#used += amount;
    return 0;
  }

  settle(delta: number): void {
    this.#used = Math.max(0, this.#used + delta);
  }

  resize(spec: AccountSpec): void {
    this.spec = spec;
  }

  standing(): Standing {
    return { left: this.spec.limit - this.#used, resetMs: 0, state: "here", held: 0 };
  }
}

class LocalMoney implements LocalAccount {
  readonly unconfirmed = false;
  spec: AccountSpec;
  readonly #account: MoneyAccount;
  readonly #clock: Clock;

  constructor(spec: AccountSpec, kind: Exclude<LimitKind, "rate" | "gauge">, clock: Clock) {
    this.spec = spec;
    this.#clock = clock;
    this.#account = new MoneyAccount((wall) => moneyWindow(kind, wall), spec.limit, clock.wall());
  }

  waitMs(amount: number): number {
    return this.#account.waitMs(amount, this.#clock.wall());
  }

  draw(amount: number): number {
    const wall = this.#clock.wall();
    const window = this.#account.window(wall);
    this.#account.settle(amount, window, wall);
    return window;
  }

  settle(delta: number, window: number): void {
    this.#account.settle(delta, window, this.#clock.wall());
  }

  over(window: number): boolean {
    return this.#account.window(this.#clock.wall()) > window;
  }

  before(pico: bigint, window: number): void {
    this.#account.add(pico, window, this.#clock.wall());
  }

  atLeast(pico: bigint, window: number, kept: number): void {
    const wall = this.#clock.wall();
    const more = pico + BigInt(kept) - this.#account.spent(wall);
    if (more > 0n) this.#account.add(more, window, wall);
  }

  resize(spec: AccountSpec): void {
    this.spec = spec;
    this.#account.resize(spec.limit);
  }

  standing(): Standing {
    const wall = this.#clock.wall();
    return { left: this.#account.left(wall), resetMs: this.#account.ends(wall) - wall, state: "here", held: 0 };
  }
}
