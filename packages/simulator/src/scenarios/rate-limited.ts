// Rate limited: the account meets its limit in bursts.

import type { Scenario } from "../scenario.ts";

/** The scenario `rate-limited`. */
export function rateLimited(first: string): Scenario {
  return {
    name: "rate-limited",
    about: "The first region answers 429 with retry-after 2 for 10 s in every 30 s.",
    steps: [
      {
        at: 0,
        add: [
          {
            id: "limit",
            kind: "rate-limit",
            params: { retryAfter: 2 },
            filter: { region: first },
            pattern: { flap: { upMs: 20_000, downMs: 10_000 } },
          },
        ],
      },
    ],
  };
}
