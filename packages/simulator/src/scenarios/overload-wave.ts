// Overload wave: 529s swell in every region at once, and ebb.

import type { Scenario } from "../scenario.ts";

/** The scenario `overload-wave`. */
export function overloadWave(): Scenario {
  const wave = (at: number, share: number) => ({ at, add: [{ id: "wave", kind: "overloaded", pattern: { share } }] });
  return {
    name: "overload-wave",
    about: "Over a minute the share of 529s in every region goes 10 %, 50 %, 90 %, 50 %, 10 %, 0.",
    steps: [
      wave(5_000, 0.1),
      wave(15_000, 0.5),
      wave(25_000, 0.9),
      wave(45_000, 0.5),
      wave(55_000, 0.1),
      { at: 65_000, remove: ["wave"] },
    ],
  };
}
