// What one request has drawn on its accounts: reserved, corrected while it runs, exact when all of its attempts are over.

import { moneyWindow } from "@fairlead/stores";
import { type Account, KINDS, MONEY, SLOTS } from "./account.ts";
import type { Accounts } from "./accounts.ts";
import type { Cost, Sent } from "./cost.ts";
import type { Item, Keeps } from "./items.ts";

/** One item, and what its account was told of money. */
interface Line {
  readonly item: Item;
  /** What attempts that are over came to in the item's window, pico-dollars. */
  spent: number;
  /** That, and what is kept for the one that is not. */
  booked: number;
}

type Told = Pick<Accounts, "settle" | "opened" | "closed">;

/** What one request has drawn. Money is that of all its attempts; the rest is the request's own, once. */
export class Draw implements Keeps {
  readonly sent: Sent;
  readonly #accounts: Told;
  readonly #lines: readonly Line[];
  /** What is known of the request itself, its answer's money among it as long as no attempt of it is over. */
  #cost: Cost;
  #heard = false;
  #over = false;

  constructor(accounts: Told, items: readonly Item[], cost: Cost, sent: Sent) {
    this.#accounts = accounts;
    this.#lines = items.filter(({ gate }) => !gate).map((item) => ({ item, spent: 0, booked: cost[MONEY] }));
    this.#cost = cost;
    this.sent = sent;
    if (sent.priced) accounts.opened(this);
  }

  get cost(): Cost {
    return this.#cost;
  }

  /** As far as it has come. */
  settle(real: Cost): void {
    const before = this.#cost;
    this.#cost = real;
    for (const line of this.#lines) {
      const slot = SLOTS[line.item.account.spec.dimension];
      let delta = (real[slot] as number) - (before[slot] as number);
      if (slot === MONEY) {
        const booked = real[MONEY] + line.spent;
        delta = booked - line.booked;
        line.booked = booked;
      }
      if (delta !== 0) this.#accounts.settle(line.item, delta);
    }
  }

  /** It came to this. Where attempts are told of, theirs is all the money there is: the one that was answered is among them. */
  close(real: Cost): void {
    this.#over = true;
    this.settle(this.#heard ? withoutMoney(real) : real);
    this.#accounts.closed(this);
  }

  kept(account: Account, window: number): number {
    const line = this.#lines.find(({ item }) => item.account === account && item.window === window);
    return line === undefined ? 0 : line.booked - line.spent;
  }

  /** An attempt that began at `at` is over, and came to so much; one that was called off is told after the request's end. */
  attempt(pico: number, at: number, now: number): void {
    this.#heard = true;
    for (const line of this.#lines) {
      turn(line, at, now);
      line.spent += pico;
    }
    this.settle(this.#over ? withoutMoney(this.#cost) : this.#cost);
  }
}

/** Where the attempt began in another window than the one that was drawn in, what is told from here on is of that. */
function turn(line: Line, at: number, now: number): void {
  const { account, window } = line.item;
  const kind = KINDS[account.spec.dimension];
  if (kind === "rate" || kind === "gauge") return;
  const { start } = moneyWindow(kind, at);
  // By the clock that the account goes by: this one may be ahead.
  if (start <= window || account.over?.(window, now) !== true) return;
  line.item.window = start;
  line.spent = 0;
  line.booked = 0;
}

function withoutMoney([requests, input, output, streams]: Cost): Cost {
  return [requests, input, output, streams, 0];
}
