// The runtime that every policy gets at build: the only time, the only chance, one bus.

import { type Clock, systemClock } from "./clock.ts";
import { Bus, type Fact } from "./facts.ts";
import { type Random, seededRandom, systemRandom } from "./random.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** What code may know of the world besides its arguments. */
export interface Runtime {
  readonly clock: Clock;
  readonly random: Random;
  readonly bus: Bus;
  /** Tells a fact to whoever listens on the bus. */
  emit(fact: Fact): void;
}

/** The real thing. */
export function systemRuntime(): Runtime {
  const bus = new Bus();
  return { clock: systemClock(), random: systemRandom(), bus, emit: bus.emit };
}

/** A repeatable world: virtual time, chance from the seed. */
export function virtualRuntime(seed: string | number): Runtime & { readonly clock: VirtualClock } {
  const bus = new Bus();
  return { clock: new VirtualClock(), random: seededRandom(seed), bus, emit: bus.emit };
}
