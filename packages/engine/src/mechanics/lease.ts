// A lease: a part of a shared amount that one instance has taken out and may spend alone, without asking.

/** Instances trade this often, and short amounts are leased for so much of the time to come, milliseconds. */
export const HORIZON_MS = 330;
/** Where there is plenty, leases are for so many times as long: renewed at half, they do not run out between two trades. */
const PLENTY = 2;
/** A lease may be spent for so long, milliseconds. */
export const LEASE_MS = 2_000;
/** One that nobody spends of for so long is given back where there is plenty, milliseconds. */
const IDLE_MS = 10_000;
/** The same where the amount is short: others wait for it. */
const SHORT_IDLE_MS = 500;
/** Weight of the newest look in the expected demand. */
const NEWEST = 0.3;

/** What a lease says in the next trade. */
export interface LeaseTold {
  readonly hold: number;
  readonly debit: number;
  readonly give: number;
  readonly want: number;
}

/**
 * The part that one instance holds of one amount. Whole numbers; times are monotonic milliseconds. What is given back after
 * it was spent (a refund) goes to the store, which knows whether there is room for it: it is not spent here again.
 */
export class Lease {
  #left = 0;
  #until = Number.NEGATIVE_INFINITY;
  #debit = 0;
  #give = 0;
  #demand = 0;
  #arrived = 0;
  #lookedAt: number;
  #usedAt: number;
  #target = 0;
  #plenty = true;

  constructor(now: number) {
    this.#lookedAt = now;
    this.#usedAt = now;
  }

  /** What may be spent now. */
  left(now: number): number {
    return now < this.#until ? this.#left : 0;
  }

  /** Whether there is anything to tell of: something held, owed or to be given back. */
  get idle(): boolean {
    return this.#left === 0 && this.#debit === 0 && this.#give === 0;
  }

  /** When it was last asked for. */
  get usedAt(): number {
    return this.#usedAt;
  }

  /** Somebody asked for so much, whether it was there or not. */
  asked(amount: number, now: number): void {
    this.#arrived += amount;
    this.#usedAt = now;
  }

  /** Spends what is there; what is not is owed. */
  spend(amount: number, now: number): void {
    const held = Math.min(amount, this.left(now));
    this.#left -= held;
    this.#debit += amount - held;
  }

  /** What was spent before turned out to be less. */
  refund(amount: number): void {
    const owed = Math.min(amount, this.#debit);
    this.#debit -= owed;
    this.#give += amount - owed;
  }

  /** Expected demand, so much a millisecond; looked at anew at most every `HORIZON_MS / 2`. */
  demand(now: number): number {
    const passed = now - this.#lookedAt;
    if (passed >= HORIZON_MS / 2) {
      const rate = this.#arrived / passed;
      this.#demand = this.#demand === 0 ? rate : this.#demand + NEWEST * (rate - this.#demand);
      this.#arrived = 0;
      this.#lookedAt = now;
    }
    return this.#demand;
  }

  /**
   * What to say in a trade, or undefined when there is nothing to be said. What is told is out of this lease: `answered`
   * or `lost` follows.
   * @param waits what requests wait for: they are served whether the lease is due or not
   * @param little so much is kept up also while nobody asks, as nobody elsewhere misses it. Default: nothing
   */
  tell(now: number, waits: number, little = 0): LeaseTold | undefined {
    const expired = now >= this.#until;
    const idleMs = now - this.#usedAt;
    const unused = idleMs >= (this.#plenty ? IDLE_MS : SHORT_IDLE_MS);
    const soon = unused ? 0 : Math.floor(this.demand(now) * HORIZON_MS * (this.#plenty ? PLENTY : 1));
    // Where there is plenty a lease is kept as large as it was, so that those who come seldom need not wait.
    const wanted = this.#plenty && !unused ? Math.max(soon, this.#target) : soon;
    const keep = expired ? 0 : this.#plenty ? (unused ? 0 : this.#left) : Math.min(this.#left, Math.max(soon, waits));
    this.#give += this.#left - keep;
    this.#left = keep;
    // Renewed when half of it is spent, and before it runs out.
    const low = this.#left * 2 < wanted || (wanted > 0 && this.#left === 0);
    const late = this.#left > 0 && this.#until - now < LEASE_MS / 2;
    // Of what nobody asks for the rest is kept, but no more is taken than a little: who was told to come back must find it, wherever it comes to.
    const due = (idleMs < SHORT_IDLE_MS || wanted <= little) && (low || late);
    const want = due || waits > 0 ? Math.max(0, wanted - this.#left) : 0;
    if (waits === 0 && want === 0 && !late && this.#debit === 0 && this.#give === 0) return undefined;
    const told = { hold: this.#left, debit: this.#debit, give: this.#give, want };
    this.#debit = 0;
    this.#give = 0;
    return told;
  }

  /** The store granted so much in a trade that was sent at a time. `plenty`: much is left for others. */
  answered(granted: number, sentAt: number, now: number, plenty = true): void {
    this.#plenty = plenty;
    if (now >= this.#until && this.#left > 0) {
      this.#give += this.#left;
      this.#left = 0;
    }
    const until = sentAt + LEASE_MS;
    if (now >= until) {
      this.#give += granted;
      return;
    }
    this.#left += granted;
    this.#target = this.#left;
    this.#until = until;
  }

  /** The window is over: what was held, owed and to be given back belongs to the past. */
  clear(): void {
    this.#left = 0;
    this.#debit = 0;
    this.#give = 0;
    this.#target = 0;
  }

  /** Everything is to be given back now: the instance goes away. */
  surrender(): void {
    this.#give += this.#left;
    this.#left = 0;
    this.#arrived = 0;
    this.#demand = 0;
    this.#lookedAt = Number.POSITIVE_INFINITY;
    this.#usedAt = Number.NEGATIVE_INFINITY;
  }

  /** Takes out what may be spent now, to be spent under another rule: it is given back with the next trade. */
  take(now: number): number {
    const held = this.left(now);
    this.#give += this.#left;
    this.#left = 0;
    return held;
  }

  /** It is owed in any case: what was drawn while the store was away. Below zero it is given back. */
  owe(amount: number): void {
    if (amount >= 0) this.#debit += amount;
    else this.#give -= amount;
  }
}
