// Brown-out: the first region gets slow and answers some requests with errors, then recovers.

import type { Scenario } from "../scenario.ts";

/** The scenario `brown-out`. */
export function brownOut(first: string): Scenario {
  const filter = { region: first };
  return {
    name: "brown-out",
    about:
      "For a minute a fifth of the first region's requests fails with 500, a tenth stalls in the text, all are slow.",
    steps: [
      {
        at: 5_000,
        region: [first],
        set: { latencyMs: 2_000, tokensPerSecond: { kind: "lognormal", median: 15, sigma: 0.4 } },
        add: [
          { id: "errors", kind: "server-error", pattern: { share: 0.2 }, filter },
          { id: "stalls", kind: "stall", phase: "mid-text", params: { ms: 20_000 }, pattern: { share: 0.1 }, filter },
        ],
      },
      {
        at: 65_000,
        region: [first],
        remove: ["errors", "stalls"],
        set: { latencyMs: 0, tokensPerSecond: { kind: "lognormal", median: 80, sigma: 0.25 } },
      },
    ],
  };
}
