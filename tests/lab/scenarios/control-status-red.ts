// A status page that reports an incident while the line works.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the status page reports an incident, and this line works",
  world: (lab) =>
    lab.origin({
      address: ["203.0.113.20", "2001:db8:113::20"],
      answers: {
        "GET /api/v2/summary.json": {
          body: {
            status: { indicator: "major", description: "Partial System Outage" },
            incidents: [{ name: "Elevated errors on Claude Opus", status: "investigating", impact: "major" }],
            components: [],
          },
        },
      },
    }),
  args: ["--as", "node", "--external"],
  expect: { verdict: null, exit: 0 },
};
