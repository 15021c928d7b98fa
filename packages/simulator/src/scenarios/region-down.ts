// Region down: the first region's port is closed for a minute, and comes back.

import type { Scenario } from "../scenario.ts";

/** The scenario `region-down`. Regions: `first` is the one that goes. */
export function regionDown(first: string): Scenario {
  return {
    name: "region-down",
    about: "The first region refuses connections from second 5 to second 65.",
    steps: [
      { at: 5_000, add: [{ id: "down", kind: "refuse", filter: { region: first } }] },
      { at: 65_000, remove: ["down"] },
    ],
  };
}
