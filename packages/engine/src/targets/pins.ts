// Pins: which conversation is where, bounded in number, the one used longest ago forgotten first.

/** Where a conversation is. */
export interface Pin {
  /** The target's name and account. */
  readonly target: string;
  readonly account: string;
  /** Monotonic time at which its prompt cache is cold, milliseconds. The place is known beyond that: bound histories need it. */
  readonly until: number;
  /** Tokens of its prompt in the cache there; undefined when no usage has told. */
  cachedTokens: number | undefined;
  /** How often it has moved. */
  moves: number;
  /** Whether it is elsewhere than a balancer without memory would send it. */
  readonly stray: boolean;
}

/** A pin as it is handed to another process: with the time that is left, since clocks differ. */
export interface StrayPin {
  readonly key: string;
  readonly target: string;
  readonly account: string;
  /** Milliseconds until its prompt cache is cold; 0 when it is. */
  readonly leftMs: number;
  readonly cachedTokens: number | undefined;
  readonly moves: number;
}

/** A bounded map of pins, least recently set forgotten first. */
export class Pins {
  readonly #most: number;
  readonly #pins = new Map<string, Pin>();

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#pins.size;
  }

  get(key: string): Pin | undefined {
    return this.#pins.get(key);
  }

  set(key: string, pin: Pin): void {
    this.#pins.delete(key);
    this.#pins.set(key, pin);
    if (this.#pins.size <= this.#most) return;
    const oldest = this.#pins.keys().next().value;
    if (oldest !== undefined) this.#pins.delete(oldest);
  }

  /** All that are elsewhere than a balancer without memory would send them, longest unused first. */
  strays(now: number): readonly StrayPin[] {
    const list: StrayPin[] = [];
    for (const [key, pin] of this.#pins) {
      if (!pin.stray) continue;
      const { target, account, cachedTokens, moves } = pin;
      list.push({ key, target, account, leftMs: Math.max(0, pin.until - now), cachedTokens, moves });
    }
    return list;
  }

  /** Takes strays in; what is known here already is newer and stays. */
  restore(strays: readonly StrayPin[], now: number): void {
    for (const { key, leftMs, ...pin } of strays) {
      if (!this.#pins.has(key)) this.set(key, { ...pin, until: now + leftMs, stray: true });
    }
  }
}
