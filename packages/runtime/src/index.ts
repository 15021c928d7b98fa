// Everything the runtime room offers.

export { type Clock, MAX_TIMER_MS, sleep, systemClock, type Timer } from "./clock.ts";
export { Bus, type Fact, type Listener } from "./facts.ts";
export { newId } from "./ids.ts";
export { type InTime, inTime } from "./in-time.ts";
export {
  between,
  exponential,
  forkSeed,
  normal,
  pick,
  type Random,
  secretBytes,
  seededRandom,
  systemRandom,
} from "./random.ts";
export { Roster, type Seated } from "./roster.ts";
export { type Runtime, systemRuntime, virtualRuntime } from "./runtime.ts";
export { fromAbortSignal, pause, Signal } from "./signal.ts";
export { type Late, Turn } from "./turn.ts";
export { VirtualClock } from "./virtual-clock.ts";
