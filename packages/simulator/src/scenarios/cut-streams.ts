// Cut streams: a path on which long connections do not live long.

import type { Scenario } from "../scenario.ts";

/** The scenario `cut-streams`. */
export function cutStreams(): Scenario {
  return {
    name: "cut-streams",
    about: "Every fifth stream is cut in its text: by RST, by a clean end, or by an error event.",
    steps: [
      {
        at: 0,
        add: [
          { id: "resets", kind: "reset", phase: "mid-text", pattern: { share: 0.08 }, filter: { stream: true } },
          { id: "ends", kind: "truncate", phase: "mid-text", pattern: { share: 0.07 }, filter: { stream: true } },
          { id: "errors", kind: "in-stream-error", phase: "mid-text", pattern: { share: 0.07 } },
        ],
      },
    ],
  };
}
