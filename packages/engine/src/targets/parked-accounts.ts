// Accounts that are out of use until a time: their credential was refused, or their spend cap is reached.

/** An account that is parked: since and until when, monotonic milliseconds, and why, for people. */
export interface Parked {
  readonly since: number;
  readonly until: number;
  readonly why: string;
}

/** Parked accounts by name, in bounded memory: those whose time is up go first, then those parked first. */
export class ParkedAccounts {
  readonly #parked = new Map<string, Parked>();
  readonly #most: number;

  /** @param most accounts that are remembered at once */
  constructor(most: number) {
    this.#most = most;
  }

  /** Takes over those of `from` that `kept` names. */
  carry(from: ParkedAccounts, kept: (account: string) => boolean): void {
    for (const [account, parked] of from.#parked) if (kept(account)) this.#parked.set(account, parked);
  }

  /** Why and until when an account is parked at `now`; undefined when it is not. */
  get(account: string, now: number): Parked | undefined {
    const parked = this.#parked.get(account);
    return parked !== undefined && parked.until > now ? parked : undefined;
  }

  /** Parks an account. */
  park(account: string, now: number, until: number, why: string): void {
    if (this.#parked.size >= this.#most) {
      for (const [key, parked] of this.#parked) if (parked.until <= now) this.#parked.delete(key);
      const oldest = this.#parked.keys().next().value;
      if (this.#parked.size >= this.#most && oldest !== undefined) this.#parked.delete(oldest);
    }
    this.#parked.delete(account);
    this.#parked.set(account, { since: now, until, why });
  }

  /** Takes an account back at once; false when it was not parked. */
  release(account: string): boolean {
    return this.#parked.delete(account);
  }

  /** An attempt that began after the account was parked was answered: somebody has acted. */
  worked(account: string, startedAt: number): void {
    if (this.#parked.size === 0) return;
    const parked = this.#parked.get(account);
    if (parked !== undefined && parked.since < startedAt) this.#parked.delete(account);
  }

  /** Those that are parked at `now`. */
  list(now: number): ReadonlyArray<readonly [string, Parked]> {
    return [...this.#parked].filter(([, { until }]) => until > now);
  }
}
