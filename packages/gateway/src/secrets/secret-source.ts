// One secret that may change while the gateway runs: its value is read when it is used.

import type { Clock } from "@fairlead/runtime";

/** How one reading went, as metrics count it. */
export type ReadResult = "same" | "changed" | "failed";

/** For this long after a change the value before it is still worth a try: managers and upstreams change at different moments. */
const OVERLAP_MS = 900_000;
/** A value that worked where another did not is used first for this long, milliseconds. */
const PREFERRED_MS = 5_000;
/** Refused requests make a secret read again at most this often, milliseconds. */
const RENEW_EVERY_MS = 1_000;

/** A value, and the ways to look whether it is still the right one. */
export class SecretSource {
  readonly #clock: Clock;
  readonly #read: () => Promise<string>;
  readonly #told: (result: ReadResult, message: string) => void;
  #value: string;
  #previous: string | undefined;
  #changedAt = Number.NEGATIVE_INFINITY;
  #preferred: string | undefined;
  #preferredUntil = Number.NEGATIVE_INFINITY;
  #reading: Promise<ReadResult> | undefined;
  #renewedAt = Number.NEGATIVE_INFINITY;
  /** Monotonic time of the last reading that went well, milliseconds. */
  readAt: number;

  /** `read` gets the value anew and rejects when it cannot; `told` hears how each reading went. */
  constructor(
    value: string,
    clock: Clock,
    read: () => Promise<string>,
    told: (result: ReadResult, message: string) => void,
  ) {
    this.#value = value;
    this.#clock = clock;
    this.#read = read;
    this.#told = told;
    this.readAt = clock.now();
  }

  /** The value to use now. */
  current(): string {
    if (this.#preferred !== undefined && this.#clock.now() < this.#preferredUntil) return this.#preferred;
    return this.#value;
  }

  /** Reads it anew; the last good value stays when that fails. Never rejects; one reading at a time. */
  refresh(): Promise<ReadResult> {
    this.#reading ??= this.#again().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /**
   * Another value to try after `refused` was turned down: a newer one, or for a while after a change the one before it.
   * Undefined when there is none. Reads anew at most once a second, however many ask.
   */
  async instead(refused: string): Promise<string | undefined> {
    if (this.#value !== refused && this.#preferred !== refused) return this.#value;
    const now = this.#clock.now();
    if (this.#reading !== undefined || now - this.#renewedAt >= RENEW_EVERY_MS) {
      this.#renewedAt = now;
      await this.refresh();
    }
    if (this.#value !== refused) return this.#value;
    const fresh = this.#clock.now() - this.#changedAt < OVERLAP_MS;
    return fresh && this.#previous !== refused ? this.#previous : undefined;
  }

  /** Takes a value that somebody else read. What was in use before stays worth a try for a while. */
  learn(value: string): void {
    this.readAt = this.#clock.now();
    if (value === this.#value) return;
    this.#take(value);
    this.#told("changed", "");
  }

  /** A value that `instead` gave was accepted. */
  accepted(value: string): void {
    if (value === this.#value) {
      this.#preferred = undefined;
      return;
    }
    this.#preferred = value;
    this.#preferredUntil = this.#clock.now() + PREFERRED_MS;
  }

  async #again(): Promise<ReadResult> {
    let result: ReadResult;
    let message = "";
    try {
      const value = await this.#read();
      this.readAt = this.#clock.now();
      result = value === this.#value ? "same" : "changed";
      if (result === "changed") this.#take(value);
    } catch (e) {
      result = "failed";
      message = e instanceof Error ? e.message : "it cannot be read";
    }
    this.#told(result, message);
    return result;
  }

  #take(value: string): void {
    this.#previous = this.#value;
    this.#value = value;
    this.#preferred = undefined;
    this.#changedAt = this.readAt;
  }
}
