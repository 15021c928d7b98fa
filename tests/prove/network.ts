// The network and the clocks of a world: jitter, stalls and resets on the way to a platform, partitions, wall clocks that are wrong.

import { between, type Clock, exponential, type Random, type Timer } from "@fairlead/runtime";
import { isShaken } from "./goal.ts";
import type { WorldClock } from "./world-clock.ts";

/** How bad the network and the clocks are. */
export interface NetworkPlan {
  /** Mean of what each attempt takes longer on its way, milliseconds (exponential). */
  readonly jitterMs: number;
  /** Share of attempts whose packets are lost and sent again, which takes `stallMs` on average more (exponential). */
  readonly stallShare: number;
  readonly stallMs: number;
  /** Share of attempts whose connection is reset before the head. */
  readonly resetShare: number;
  /** Each instance's wall clock is wrong by up to so much either way, milliseconds, and is wrong anew by `jumpEveryMs`. */
  readonly skewMs: number;
  /** Mean time between jumps of a wall clock, milliseconds; 0: none. */
  readonly jumpEveryMs: number;
}

/** Nothing is wrong with it. */
export const STILL: NetworkPlan = { jitterMs: 0, stallShare: 0, stallMs: 0, resetShare: 0, skewMs: 0, jumpEveryMs: 0 };

/** What becomes of one attempt on its way: milliseconds until it arrives, or that it never does. */
export type Trip = number | "reset" | "lost";

/** Packets that are sent again wait for the retransmission timer, milliseconds: 1 s at first. Source: RFC 6298, section 2.1. */
const RETRANSMIT_MS = 1_000;
/** Bounds of what a fresh seed draws: a network as it is between regions on a usual day, and clocks that nobody sets. */
const MOST = { jitterMs: 10, stallShare: 0.0005, resetShare: 0.0001, skewMs: 3_600_000, jumpEveryMs: 60_000 } as const;

/** The network of a seed: nothing wrong where worlds are as they are written, drawn by the seed where a goal shakes them. */
export function networkOf(seed: string, random: Random): NetworkPlan {
  if (!isShaken(seed)) return STILL;
  return {
    jitterMs: between(random, 0, MOST.jitterMs),
    stallShare: between(random, 0, MOST.stallShare),
    stallMs: RETRANSMIT_MS,
    resetShare: between(random, 0, MOST.resetShare),
    skewMs: between(random, 0, MOST.skewMs),
    jumpEveryMs: MOST.jumpEveryMs,
  };
}

/** The ways from instances to platforms. */
export class Network {
  readonly plan: NetworkPlan;
  readonly #random: Random;
  readonly #parted = new Set<string>();
  /** Attempts that never arrived, were reset, and arrived late by a stall. */
  lost = 0;
  resets = 0;
  stalls = 0;

  constructor(plan: NetworkPlan, random: Random) {
    this.plan = plan;
    this.#random = random;
  }

  /** Nothing that an instance sends to a platform arrives from now on, and nobody tells it. */
  part(instance: number, platform: string): void {
    this.#parted.add(`${instance} ${platform}`);
  }

  /** It arrives again. */
  join(instance: number, platform: string): void {
    this.#parted.delete(`${instance} ${platform}`);
  }

  /** What becomes of an attempt that goes now. */
  trip(instance: number, platform: string): Trip {
    if (this.#parted.size > 0 && this.#parted.has(`${instance} ${platform}`)) {
      this.lost += 1;
      return "lost";
    }
    const { jitterMs, stallShare, stallMs, resetShare } = this.plan;
    if (resetShare > 0 && this.#random.next() < resetShare) {
      this.resets += 1;
      return "reset";
    }
    let ms = jitterMs > 0 ? exponential(this.#random, jitterMs) : 0;
    if (stallShare > 0 && this.#random.next() < stallShare) {
      this.stalls += 1;
      ms += exponential(this.#random, stallMs);
    }
    return ms;
  }
}

/** The clock of one instance: the world's, with a wall clock of its own that is wrong and jumps. */
export class InstanceClock implements Clock {
  readonly #world: WorldClock;
  readonly #random: Random;
  readonly #plan: NetworkPlan;
  #skew = 0;
  #jumpAt = 0;

  constructor(world: WorldClock, plan: NetworkPlan, random: Random) {
    this.#world = world;
    this.#plan = plan;
    this.#random = random;
  }

  now(): number {
    return this.#world.now();
  }

  wall(): number {
    const now = this.#world.now();
    const { skewMs, jumpEveryMs } = this.#plan;
    if (skewMs > 0 && now >= this.#jumpAt) {
      this.#skew = between(this.#random, -skewMs, skewMs);
      this.#jumpAt = jumpEveryMs > 0 ? now + exponential(this.#random, jumpEveryMs) : Number.POSITIVE_INFINITY;
    }
    return this.#world.wall() + this.#skew;
  }

  timer(ms: number, run: () => void): Timer {
    return this.#world.timer(ms, run);
  }
}
