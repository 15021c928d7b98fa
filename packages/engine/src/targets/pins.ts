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
}

/**
 * A bounded map of pins, least recently set forgotten first. It is lost with the process: a new one sends a conversation
 * where its hash or the configured order says. Most are there already. One that was elsewhere, because its place was
 * away when it began or moved, loses its prompt cache, and a history that only its account accepts is refused upstream.
 */
export class Pins {
  readonly #most: number;
  readonly #pins = new Map<string, Pin>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes over the pins of another, the one set last staying last. */
  carry(from: Pins): void {
    for (const [key, pin] of from.#pins) this.set(key, pin);
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
}
