// Sends trades to the store of shared limits, one at a time, and finds out when it is away.

import { LEASE_MS } from "@fairlead/engine";
import { type Clock, inTime } from "@fairlead/runtime";
import type { LimitAsk, LimitReply, LimitStore } from "@fairlead/stores";
import type { Shared } from "./shared-account.ts";

/** A trade that is not answered by then is not waited for, milliseconds. */
const TIMEOUT_MS = 50;
/** So many in a row, and the store is away. */
const MISSES = 2;

/** What is said and asked in one step, and whose it is. */
export interface Trade {
  readonly seq: number;
  readonly asks: readonly LimitAsk[];
  readonly accounts: readonly Shared[];
  /** The store's epoch as it was known then. */
  readonly epoch: string | undefined;
}

/** Who hears what became of trades. */
export interface TraderHooks {
  /** The trade was answered; `sentAt`: when it was sent first, monotonic milliseconds. */
  came(trade: Trade, reply: LimitReply, sentAt: number): void;
  /** It was not, and is to be sent again at once. */
  again(): void;
  /** The store is away. */
  gone(): void;
  /** Whether it is known to be. */
  away(): boolean;
}

/** The way to the store. */
export class Trader {
  /** Trades sent, and those without an answer in time. */
  sent = 0;
  lost = 0;
  /** Why the last of these was lost. */
  why = "";
  /** When the last was sent, monotonic milliseconds. */
  sentAt = Number.NEGATIVE_INFINITY;
  readonly #clock: Clock;
  readonly #store: LimitStore;
  readonly #instance: string;
  readonly #hooks: TraderHooks;
  /** The trade that has no answer yet: it is sent as it was until it has one. */
  #trade: Trade | undefined;
  /** When it was sent first: the store may have carried it out then, and its leases run from there. */
  #firstAt = 0;
  /** The attempt under way, by its number. */
  #attempt: number | undefined;
  #misses = 0;
  #idle: (() => void) | undefined;

  constructor(clock: Clock, store: LimitStore, instance: string, hooks: TraderHooks) {
    this.#clock = clock;
    this.#store = store;
    this.#instance = instance;
    this.#hooks = hooks;
  }

  get busy(): boolean {
    return this.#attempt !== undefined;
  }

  /** The trade that waits to be sent again. */
  get open(): Trade | undefined {
    return this.#trade;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    if (!this.busy) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Sends a trade, the open one when there is one. Resolves when it is answered, or not waited for any more. */
  async send(next: Trade): Promise<void> {
    const sentAt = this.#clock.now();
    if (this.#trade === undefined) this.#firstAt = sentAt;
    const trade = this.#trade ?? next;
    this.#trade = trade;
    const attempt = ++this.sent;
    this.#attempt = attempt;
    this.sentAt = sentAt;
    const reply = this.#store.trade(this.#instance, trade.seq, LEASE_MS, trade.asks, trade.epoch);
    reply.catch((error: unknown) => {
      this.why = error instanceof Error ? error.message : String(error);
    });
    const got = await inTime(this.#clock, reply, TIMEOUT_MS);
    if (this.#attempt === attempt) this.#attempt = undefined;
    if (this.#trade === trade) {
      if (typeof got === "object") this.#came(trade, got.said);
      else {
        if (got === "late") this.why = `no answer within ${TIMEOUT_MS} ms`;
        this.#missed(trade, got === "late" ? reply : undefined);
      }
    }
    this.#idle?.();
  }

  #came(trade: Trade, reply: LimitReply): void {
    this.#trade = undefined;
    this.#misses = 0;
    this.#hooks.came(trade, reply, this.#firstAt);
  }

  /** One trade without a reply is sent again at once; with the second the store counts as away. */
  #missed(trade: Trade, reply: Promise<LimitReply> | undefined): void {
    this.lost += 1;
    this.#misses += 1;
    if (this.#hooks.away() || this.#misses >= MISSES) {
      this.#hooks.gone();
      return;
    }
    // A reply that comes late is as good, as long as nobody has acted on its absence.
    reply?.then(
      (late) => {
        if (this.#trade !== trade || this.#hooks.away()) return;
        this.#attempt = undefined;
        this.#came(trade, late);
      },
      () => {},
    );
    this.#hooks.again();
  }
}
