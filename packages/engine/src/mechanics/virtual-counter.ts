// Virtual Token Counter: who among the tenants of one class has been served least, by cost and weight.

import { Heap, type HeapItem } from "./heap.ts";

/** Price of an output token in input tokens: what the price list asks for every current model. Costs are counted in input tokens. */
export const OUTPUT_PRICE = 5;

/** The cost of a request in input tokens, its output tokens weighed by their price. */
export function costOf(inputTokens: number, outputTokens: number): number {
  return inputTokens + OUTPUT_PRICE * outputTokens;
}

/** One tenant's account. Only VirtualCounter writes `counter` and `turn`. */
export interface Account extends HeapItem {
  /** Cost served so far divided by weight, since its class began. */
  counter: number;
  /** The share it is due beside others of weight 1; above 0. */
  weight: number;
  /** Breaks ties: whoever has gone later comes later. */
  turn: number;
}

/**
 * What a tenant that was served less than others may save up by it, in largest costs of one request: as much as the
 * counters grant anybody beyond his share anyway. With nothing saved up, a tenant that asks for a tenth of its share
 * waits for its second request until all who flood have been served as much as its first one cost.
 */
const SAVED = 2;

/** The largest cost fades by this factor with each one charged, so that one giant does not set the bounds for ever. */
const FADE = 0.999;

/**
 * The counters of a class (Sheng et al., "Fairness in Serving Large Language Models", OSDI 2024): whoever waits with the
 * least counter goes first. A tenant that comes back after a pause is lifted to the least counter of those who wait, less
 * a credit of twice the largest cost where it was behind by that (the paper gives none): a share that was not used is a
 * burst later, within that bound. Between two tenants who both wait all the time, what they are served differs by at most
 * twice the largest cost of one request, and by the credit that one of them began with, as long as costs are known when
 * they are charged; what is charged later adds to it. Nothing is lost to work conservation: a tenant alone gets everything.
 */
export class VirtualCounter<A extends Account> {
  readonly #waiting = new Heap<A>(0, (a, b) => a.counter < b.counter || (a.counter === b.counter && a.turn < b.turn));
  #least = 0;
  #turns = 0;
  #largest = 0;

  /** Who goes first. */
  get first(): A | undefined {
    return this.#waiting.first;
  }

  /** All who wait, in no order. */
  get waiting(): readonly A[] {
    return this.#waiting.items;
  }

  /** The least counter that somebody who begins to wait now starts from. */
  get least(): number {
    const first = this.#waiting.first;
    if (first !== undefined && first.counter > this.#least) this.#least = first.counter;
    return this.#least;
  }

  /** A tenant begins to wait. */
  enter(account: A): void {
    account.counter = Math.max(account.counter, this.least - (SAVED * this.#largest) / account.weight);
    account.turn = this.#turns++;
    this.#waiting.push(account);
  }

  /** A tenant has nobody waiting any more. */
  leave(account: A): void {
    this.#waiting.remove(account);
  }

  /** Passes over a tenant for now; `back` ends that, before anything else is called. */
  aside(account: A): void {
    this.#waiting.remove(account);
  }

  back(account: A): void {
    this.#waiting.push(account);
  }

  /** A tenant was served so much, or so much more (below zero: less) than was charged before. */
  charge(account: A, cost: number): void {
    // Read for its effect: once this charge has moved the first account, the least counter before it is gone.
    void this.least;
    this.#largest = Math.max(this.#largest * FADE, Math.abs(cost));
    account.counter += cost / account.weight;
    account.turn = this.#turns++;
    this.#waiting.moved(account);
  }

  /** Whether forgetting an idle account would change its place when it comes back. */
  matters(account: A): boolean {
    return account.counter > this.least;
  }
}
