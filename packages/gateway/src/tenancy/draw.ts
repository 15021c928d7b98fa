// What one request has drawn on its accounts: reserved, corrected while it runs, exact when all of its attempts are over.

import { MONEY, SLOTS } from "./account.ts";
import type { Item } from "./accounts.ts";
import type { Cost, Sent } from "./cost.ts";

/** What one request has drawn. Money is that of all its attempts; the rest is the request's own, once. */
export class Draw {
  readonly sent: Sent;
  readonly #items: readonly Item[];
  /** What is known of the request itself, its answer's money among it as long as no attempt of it is over. */
  #cost: Cost;
  /** What attempts that are over came to, pico-dollars. */
  #spent = 0;
  /** What the accounts of money were told. */
  #booked: number;
  #heard = false;
  #over = false;

  constructor(items: readonly Item[], cost: Cost, sent: Sent) {
    this.#items = items;
    this.#cost = cost;
    this.#booked = cost[MONEY];
    this.sent = sent;
  }

  get cost(): Cost {
    return this.#cost;
  }

  /** As far as it has come. */
  settle(real: Cost, now: number): void {
    const before = this.#cost;
    this.#cost = real;
    const booked = real[MONEY] + this.#spent;
    for (const { account, gate, window } of this.#items) {
      if (gate) continue;
      const slot = SLOTS[account.spec.dimension];
      const delta = slot === MONEY ? booked - this.#booked : (real[slot] as number) - (before[slot] as number);
      if (delta !== 0) account.settle(delta, window, now);
    }
    this.#booked = booked;
  }

  /** It came to this. Where attempts are told of, theirs is all the money there is: the one that was answered is among them. */
  close(real: Cost, now: number): void {
    this.#over = true;
    this.settle(this.#heard ? withoutMoney(real) : real, now);
  }

  /** An attempt is over, and came to so much; one that was called off is told after the request's end. */
  attempt(pico: number, now: number): void {
    this.#heard = true;
    this.#spent += pico;
    this.settle(this.#over ? withoutMoney(this.#cost) : this.#cost, now);
  }
}

function withoutMoney([requests, input, output, streams]: Cost): Cost {
  return [requests, input, output, streams, 0];
}
