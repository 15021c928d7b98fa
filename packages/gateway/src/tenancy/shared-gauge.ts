// Streams under way at once, over several instances: places are taken out by each instance, and given back when they end.

import { HORIZON_MS, LEASE_MS } from "@fairlead/engine";
import type { LimitAnswer, LimitAsk } from "@fairlead/stores";
import { type AccountSpec, ASK, type Standing } from "./account.ts";
import type { Known } from "./away.ts";
import type { Shared, Waiting } from "./shared-account.ts";

/** Who waits for a stream to end comes back after this, milliseconds: nobody knows when one will. */
const STREAM_MS = 1_000;

/** A shared number of streams. */
export class SharedGauge implements Shared {
  readonly unconfirmed = false;
  spec: AccountSpec;
  #used = 0;
  /** Places that are taken out and empty. */
  #spare = 0;
  /** What the store was told last. */
  #told = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #left: number | undefined;
  #leftAt = 0;
  #short = false;
  /** While the store is away: how many there may be here, and how many instances share them. */
  #share: number | undefined;
  #sharers = 1;

  constructor(spec: AccountSpec) {
    this.spec = spec;
  }

  waitMs(amount: number, now: number): number {
    if (this.#spare >= amount) return 0;
    if (this.#share !== undefined) return this.#used + amount <= this.#share ? 0 : STREAM_MS;
    if (this.#left !== undefined && this.#short && now - this.#leftAt < HORIZON_MS) return STREAM_MS;
    return ASK;
  }

  asked(): void {}

  draw(amount: number): number {
    this.#used += amount;
    this.#spare = Math.max(0, this.#spare - amount);
    return 0;
  }

  settle(delta: number): void {
    if (delta < 0) this.#spare -= delta;
    this.#used = Math.max(0, this.#used + delta);
  }

  resize(spec: AccountSpec): void {
    this.spec = spec;
    this.#left = undefined;
    if (this.#share !== undefined) this.#share = this.#part();
  }

  tell(now: number, { need, least }: Waiting): LimitAsk | undefined {
    // An empty place is kept for who waits for one here, and for nobody else.
    this.#spare = Math.min(this.#spare, need);
    const hold = this.#used + this.#spare;
    const due = hold > 0 && now - this.#toldAt >= LEASE_MS / 2;
    if (need <= this.#spare && hold === this.#told && !due) return undefined;
    this.#told = hold;
    this.#toldAt = now;
    const missing = Math.max(0, need - this.#spare);
    return {
      key: this.spec.key,
      kind: "gauge",
      capacity: this.spec.limit,
      perMs: 0,
      hold,
      debit: 0,
      give: 0,
      need: missing,
      least: Math.min(least, missing),
      want: 0,
      window: 0,
      floor: 0,
    };
  }

  answered(ask: LimitAsk, { granted, left }: LimitAnswer, _sentAt: number, now: number): void {
    this.#spare += granted;
    this.#told += granted;
    this.#left = left;
    this.#leftAt = now;
    this.#short = granted < ask.need;
  }

  untold(): void {}

  leave(_now: number, { instances }: Omit<Known, "left" | "held">): void {
    this.#spare = 0;
    this.#sharers = instances;
    this.#share = this.#part();
  }

  back(): void {
    this.#share = undefined;
    this.#left = undefined;
    this.#short = false;
    this.#toldAt = Number.NEGATIVE_INFINITY;
  }

  floor(): void {}

  surrender(): void {
    this.#spare = 0;
  }

  #part(): number {
    return Math.max(1, Math.floor(this.spec.limit / this.#sharers));
  }

  quiet(): boolean {
    return this.#used === 0 && this.#spare === 0 && this.#told === 0;
  }

  standing(): Standing {
    const state = this.#share === undefined ? "leased" : "share";
    const left = this.#share === undefined ? (this.#left ?? this.spec.limit - this.#used) : this.#share - this.#used;
    return { left, resetMs: 0, state, held: this.#used + this.#spare };
  }
}
