// An upstream platform: so many slots, a queue or none, how long answers take, and what is wrong with it now.

import type { Exchange, Failure, Outcome, Target } from "@fairlead/engine";
import type { Usage } from "@fairlead/protocol";
import { exponential, normal, type Random } from "@fairlead/runtime";
import { Call } from "./call.ts";
import { answered, ERROR_MS, FAULTS, type FaultKind } from "./faults.ts";
import type { Trip } from "./network.ts";
import type { WorldClock } from "./world-clock.ts";

/** How a platform is built. */
export interface PlatformPlan {
  readonly name: string;
  /** Whose credential it takes. Default: the name. */
  readonly account?: string;
  /** `reject`: 529 at once when all slots are busy. `queue`: first in, first out, and abandoned calls are served all the same. */
  readonly mode: "reject" | "queue";
  /** Calls served at once. */
  readonly slots: number;
  /** Median time to first content, milliseconds (lognormal). */
  readonly firstMs: number;
  /** Deviation of its logarithm. */
  readonly firstSigma: number;
  /** Mean of the whole service time, milliseconds (exponential; the first content is part of it). */
  readonly serviceMs: number;
}

/** What the model of the demanded defaults is: 100 slots of 1 s each, that is 100 requests a second. */
export const PLATFORM: PlatformPlan = {
  name: "primary",
  mode: "reject",
  slots: 100,
  firstMs: 250,
  firstSigma: 0.4,
  serviceMs: 1_000,
};

/** How long one call takes, milliseconds from its start. */
export interface Work {
  readonly firstMs: number;
  readonly totalMs: number;
}

/** What a world may put in the way or read on the way. */
export interface PlatformHooks {
  /** Time of one call, in place of the plan's. */
  work?(x: Exchange, target: Target): Work;
  /** Refuses a call before it takes a slot: limits, bound histories. */
  refuse?(x: Exchange, target: Target): Failure | undefined;
  /** Usage that the answer tells. */
  usage?(x: Exchange, target: Target): Usage | undefined;
  /** Headers of a good answer. */
  headers?(x: Exchange): readonly string[];
  /** What becomes of an attempt on its way here. Default: it arrives at once. */
  trip?(instance: number, platform: string): Trip;
  /** Each attempt, before anything else. */
  sent(x: Exchange, target: Target, instance: number): void;
  /** Each attempt's success at first content. */
  good(x: Exchange, target: Target, instance: number): void;
}

const NO_HEADERS: readonly string[] = [];
const OVERLOADED = answered(529, "overloaded", "overloaded_error", [], undefined);

/** One platform, shared by all instances of the world. */
export class Platform {
  readonly plan: PlatformPlan;
  readonly clock: WorldClock;
  readonly hooks: PlatformHooks;
  readonly #random: Random;
  /** Slots now; a world lowers it for a brown-out. */
  slots: number;
  busy = 0;
  /** What happens to a share of the attempts that start now; undefined: nothing. */
  fault: FaultKind | undefined;
  faultShare = 1;
  /** A share of calls that take `slowMs` longer until their first content. */
  slowShare = 0;
  slowMs = 0;
  /** Attempts by whole second of their start. */
  readonly perSecond: number[] = [];
  attempts = 0;
  /** Milliseconds of slots that went into answers which were delivered whole. */
  useful = 0;
  #queue: Call[] = [];
  #head = 0;

  constructor(plan: PlatformPlan, clock: WorldClock, random: Random, hooks: PlatformHooks) {
    this.plan = plan;
    this.clock = clock;
    this.#random = random;
    this.hooks = hooks;
    this.slots = plan.slots;
  }

  /** Calls that wait for a slot. */
  get queued(): number {
    return this.#queue.length - this.#head;
  }

  /** The face that one instance sees. */
  face(instance: number, name = this.plan.name): Target {
    const target: Target = {
      name,
      platform: this.plan.name,
      account: this.plan.account ?? this.plan.name,
      contextWindow: () => Number.POSITIVE_INFINITY,
      modelName: (model) => model,
      send: (x) => this.#send(x, target, instance),
    };
    return target;
  }

  /** A slot became free, or there are more of them. */
  next(): void {
    while (this.busy < this.slots && this.#head < this.#queue.length) {
      const call = this.#queue[this.#head] as Call;
      this.#head += 1;
      this.busy += 1;
      call.begin(this.#work(call.x, call.target));
    }
    if (this.#head > 1_024 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** A call is over and gives its slot back. */
  left(): void {
    this.busy -= 1;
    this.next();
  }

  #send(x: Exchange, target: Target, instance: number): Promise<Outcome> {
    const second = Math.floor(this.clock.now() / 1_000);
    this.perSecond[second] = (this.perSecond[second] ?? 0) + 1;
    this.attempts += 1;
    this.hooks.sent(x, target, instance);
    return new Promise((resolve) => {
      const call = new Call(this, x, target, instance, resolve);
      const trip = this.hooks.trip?.(instance, this.plan.name) ?? 0;
      if (trip === "lost") call.strike(FAULTS["head-silent"]);
      else if (trip === "reset") call.strike(FAULTS.reset);
      else if (trip > 0) call.later(trip, () => this.#arrived(call));
      else this.#arrived(call);
    });
  }

  #arrived(call: Call): void {
    const { fault } = this;
    const { x, target } = call;
    if (fault !== undefined && this.#strikes(fault, x)) {
      call.strike(fault);
      return;
    }
    const refused = this.hooks.refuse?.(x, target);
    if (refused !== undefined) {
      call.failLater(ERROR_MS, refused);
    } else if (this.busy < this.slots) {
      this.busy += 1;
      call.begin(this.#work(x, target));
    } else if (this.plan.mode === "reject") {
      call.failLater(ERROR_MS, { ...OVERLOADED, target });
    } else {
      this.#queue.push(call);
    }
  }

  #strikes(fault: FaultKind, x: Exchange): boolean {
    if (fault.firstOnly === true && x.attempt > 0) return false;
    return this.faultShare >= 1 || this.#random.next() < this.faultShare;
  }

  /** Usage and headers of a good answer. */
  headersOf(x: Exchange): readonly string[] {
    return this.hooks.headers?.(x) ?? NO_HEADERS;
  }

  #work(x: Exchange, target: Target): Work {
    const own = this.hooks.work?.(x, target);
    if (own !== undefined) return own;
    const { firstMs, firstSigma, serviceMs } = this.plan;
    const totalMs = exponential(this.#random, serviceMs);
    const first = firstMs * Math.exp(firstSigma * normal(this.#random));
    const slow = this.slowShare > 0 && this.#random.next() < this.slowShare ? this.slowMs : 0;
    return { firstMs: slow + Math.min(first, totalMs), totalMs: slow + totalMs };
  }
}

/** The fault of a platform that is overloaded and says so. */
export const OVERLOAD: FaultKind = FAULTS["529"];
