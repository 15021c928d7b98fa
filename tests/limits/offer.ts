// What is offered to the instances: requests at random moments, of keys by Zipf's law, to whichever instance.

import { everyoneScope, keyScope, projectScope, type Rule } from "@fairlead/gateway";
import { exponential, pick, type Random } from "@fairlead/runtime";

/** Requests a second that are offered, and that the project may send. */
export const OFFERED = 1_000;
export const LIMIT = 400;
/** How much of it may go at once, milliseconds' worth. */
export const BURST_MS = 1_000;
/** Keys, the exponent of Zipf's law (that of requests for pages of the web, Breslau et al. 1999, is 0.64 to 0.83; this is harsher), and what each may send a second. */
export const KEYS = 100;
const ZIPF = 1.1;
export const KEY_LIMIT = 40;

/** One request that is offered. */
export interface Offer {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly key: number;
  readonly instance: number;
}

/** Requests for so many milliseconds, in order. */
export function offers(random: Random, forMs: number, instances: number, perSecond = OFFERED): Offer[] {
  const all: Offer[] = [];
  const sums = zipfSums();
  for (let at = exponential(random, 1_000 / perSecond); at < forMs; at += exponential(random, 1_000 / perSecond)) {
    const draw = random.next() * (sums[KEYS - 1] as number);
    all.push({ at, key: sums.findIndex((sum) => draw < sum), instance: pick(random, instances) });
  }
  return all;
}

function zipfSums(): number[] {
  let sum = 0;
  return Array.from({ length: KEYS }, (_, i) => {
    sum += 1 / (i + 1) ** ZIPF;
    return sum;
  });
}

/** The rules of one key: a limit of everyone that nobody reaches, that of the project, and its own. */
export function rulesOfKey(key: number): readonly Rule[] {
  const limits = (perSecond: number) => ({ limits: { rpm: perSecond * 60, burst: BURST_MS } });
  return [
    { scope: everyoneScope(), allowance: limits(OFFERED * 10) },
    { scope: projectScope("web"), allowance: limits(LIMIT) },
    { scope: keyScope("web", `k${key}`), allowance: limits(KEY_LIMIT) },
  ];
}
