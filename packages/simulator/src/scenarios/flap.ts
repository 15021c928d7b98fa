// Flap: the first region goes up and down faster than anybody should follow.

import type { Scenario } from "../scenario.ts";

/** The scenario `flap`. */
export function flap(first: string): Scenario {
  return {
    name: "flap",
    about: "The first region refuses connections for 3 s in every 8 s.",
    steps: [
      {
        at: 0,
        add: [
          { id: "flap", kind: "refuse", filter: { region: first }, pattern: { flap: { upMs: 5_000, downMs: 3_000 } } },
        ],
      },
    ],
  };
}
