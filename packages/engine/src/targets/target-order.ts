// The order of targets by configuration, hash, load or measured latency; of conversations it knows no more than a hash.

import type { Random } from "@fairlead/runtime";
import { betterOfTwo, loadCost } from "../mechanics/peak-ewma.ts";
import { Preference } from "../mechanics/preference.ts";
import { chanceCap, draw, type Hash64, hashText, loadCap, ranked } from "../mechanics/rendezvous.ts";
import type { Target } from "./target.ts";

/** What the router knows of each target at this moment. All are asked only when needed. */
export interface View {
  /** Whether it can take this request now. */
  fit(target: Target): boolean;
  /** Requests in flight there. */
  inFlight(target: Target): number;
  /** Which share of its traffic it may take while it comes back, 0 to 1. */
  share(target: Target): number;
  /** Its configured weight, above 0. */
  weight(target: Target): number;
  /** What its limits leave, 0 to 1: remaining over limit, the least over their dimensions; 1 when nothing is known. */
  headroom(target: Target): number;
  /** Its latency as `PeakEwma` sees it: size-normalised, 1 being as expected. */
  latency(target: Target): number;
}

/** How targets are ordered where a call does not say otherwise: see the options of the balancer. */
export interface OrderNumbers {
  readonly mode: "order" | "spread" | "nearest";
  readonly load: number;
}

/** Names of targets whose hashes are remembered. */
const HASHED_NAMES = 1_000;

/** Orders the targets of a model. */
export class TargetOrder {
  readonly #random: Random;
  readonly #numbers: OrderNumbers;
  readonly #regionOf: (target: Target) => string;
  readonly #preference = new Preference();
  readonly #hashes = new Map<string, Hash64>();

  constructor(random: Random, numbers: OrderNumbers, regionOf: (target: Target) => string) {
    this.#random = random;
    this.#numbers = numbers;
    this.#regionOf = regionOf;
  }

  /** One latency of the target's region (milliseconds) at monotonic `now`. */
  measured(target: Target, latencyMs: number, now: number): void {
    this.#preference.sample(this.#regionOf(target), latencyMs, now);
  }

  /** The regions by measured latency. */
  regions(): ReturnType<Preference["order"]> {
    return this.#preference.order();
  }

  /** Where the conversation goes when nothing is remembered, whatever the health, load and ramps of this moment. */
  own(key: Hash64, targets: readonly Target[], view: View, { mode }: OrderNumbers = this.#numbers): Target {
    let list = targets;
    if (mode === "spread") list = this.#hashed(key, targets, (target) => view.weight(target));
    else if (mode === "nearest") list = this.#nearest(targets);
    return list[0] as Target;
  }

  /** The targets in order, for a key or for a request that has none. */
  list(
    key: Hash64 | undefined,
    targets: readonly Target[],
    view: View,
    { mode, load }: OrderNumbers = this.#numbers,
  ): readonly Target[] {
    switch (mode) {
      case "spread":
        return key === undefined ? this.#lessLoaded(targets, view) : this.#spread(key, targets, view, load);
      case "nearest":
        return this.#ramped(key, this.#nearest(targets), view);
      default:
        return this.#ramped(key, targets, view);
    }
  }

  #spread(key: Hash64, targets: readonly Target[], view: View, load: number): readonly Target[] {
    const list = this.#hashed(key, targets, (t) => view.weight(t) * view.share(t));
    let total = 0;
    let weights = 0;
    for (const target of targets) {
      if (!view.fit(target)) continue;
      total += view.inFlight(target);
      weights += view.weight(target) * view.share(target);
    }
    if (weights <= 0) return list;
    return lastly(list, (target) => {
      const share = (view.weight(target) * view.share(target)) / weights;
      const cap = Math.max(loadCap(load, total, share), chanceCap(total, share));
      return view.fit(target) && view.inFlight(target) + 1 > cap;
    });
  }

  #lessLoaded(targets: readonly Target[], view: View): readonly Target[] {
    const fit = targets.filter((target) => view.fit(target) && view.share(target) > 0);
    const best = betterOfTwo(
      fit,
      (t) => loadCost(view.latency(t), view.inFlight(t), view.weight(t) * view.share(t), view.headroom(t)),
      this.#random,
    );
    return best === undefined ? targets : first(best, targets);
  }

  #nearest(targets: readonly Target[]): readonly Target[] {
    for (const target of targets) this.#preference.name(this.#regionOf(target));
    const rank = (target: Target) => this.#preference.rank(this.#regionOf(target));
    return [...targets].sort((a, b) => rank(a) - rank(b));
  }

  /** A target that comes back takes its share only: the others' keys pass it by, always the same ones. */
  #ramped(key: Hash64 | undefined, targets: readonly Target[], view: View): readonly Target[] {
    return lastly(targets, (target) => {
      const share = view.share(target);
      if (share >= 1) return false;
      const at = key === undefined ? this.#random.next() : draw(key, this.#hashOf(target));
      return at >= share;
    });
  }

  #hashed(key: Hash64, targets: readonly Target[], weightOf: (target: Target) => number): readonly Target[] {
    return ranked(key, targets, (target) => this.#hashOf(target), weightOf);
  }

  #hashOf(target: Target): Hash64 {
    let hash = this.#hashes.get(target.name);
    if (hash === undefined) {
      hash = hashText(target.name);
      if (this.#hashes.size < HASHED_NAMES) this.#hashes.set(target.name, hash);
    }
    return hash;
  }
}

/** The list with one of its targets in front. */
export function first(target: Target, list: readonly Target[]): readonly Target[] {
  return list[0] === target ? list : [target, ...list.filter((one) => one !== target)];
}

/** The list with those that are `late` behind the others, order kept; the list itself when none is. */
function lastly(list: readonly Target[], late: (target: Target) => boolean): readonly Target[] {
  const behind = list.filter(late);
  return behind.length === 0 || behind.length === list.length
    ? list
    : [...list.filter((one) => !behind.includes(one)), ...behind];
}
