// Whether more went than a limit allows: held against one bucket that sees every request in its order.

import { RateAccount } from "@fairlead/engine";
import { BURST_MS, KEY_LIMIT, KEYS, LIMIT, type Offer } from "./offer.ts";

/** One request that went. */
export interface Gone {
  /** Milliseconds, by one clock for all. */
  readonly at: number;
  readonly key: number;
}

/** What came of an offer. */
export interface Use {
  readonly offered: number;
  readonly gone: number;
  /**
   * How many requests more than burst and rate allow went in the worst span of any length, of the project or of a key:
   * by how much a bucket that every request that went is drawn from falls below empty. 0 is exact.
   */
  readonly over: number;
  /** Part of what one bucket in one place would have let through that did not go. */
  readonly under: number;
}

/** Holds what went against what was offered. The order does not matter. */
export function used(offered: readonly Offer[], gone: readonly Gone[]): Use {
  const sorted = [...gone].sort((a, b) => a.at - b.at);
  let over = deepest(sorted, LIMIT);
  for (let key = 0; key < KEYS; key++) {
    const own = sorted.filter((one) => one.key === key);
    over = Math.max(over, deepest(own, KEY_LIMIT));
  }
  const ideal = idealCount(offered);
  return { offered: offered.length, gone: gone.length, over, under: Math.max(0, 1 - gone.length / ideal) };
}

function deepest(gone: readonly Gone[], perSecond: number): number {
  const first = gone[0];
  if (first === undefined) return 0;
  const account = new RateAccount(perSecond / 1_000, (perSecond * BURST_MS) / 1_000, first.at);
  let least = 0;
  for (const { at } of gone) {
    account.draw(1, at);
    least = Math.min(least, account.available(at));
  }
  // What a millisecond brings is the grain of the store's clock.
  return -least < perSecond / 1_000 + 1e-6 ? 0 : -least;
}

function idealCount(offered: readonly Offer[]): number {
  const rate = (perSecond: number) => new RateAccount(perSecond / 1_000, (perSecond * BURST_MS) / 1_000, 0);
  const project = rate(LIMIT);
  const keys = Array.from({ length: KEYS }, () => rate(KEY_LIMIT));
  let count = 0;
  for (const { at, key } of offered) {
    const own = keys[key] as RateAccount;
    if (project.waitMs(1, at) > 0 || own.waitMs(1, at) > 0) continue;
    project.draw(1, at);
    own.draw(1, at);
    count += 1;
  }
  return count;
}
