// Guest network: a log-in page stands before everything until somebody logs in.

import type { Scenario } from "../scenario.ts";

/** The scenario `guest-network`. */
export function guestNetwork(): Scenario {
  return {
    name: "guest-network",
    about: "Every request gets a log-in page with status 200 for the first 30 s.",
    steps: [
      { at: 0, add: [{ id: "portal", kind: "captive-portal" }] },
      { at: 30_000, remove: ["portal"] },
    ],
  };
}
