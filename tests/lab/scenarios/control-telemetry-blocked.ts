// Optional hosts that a blocklist sinkholes.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "telemetry hosts are sinkholed; nothing that is needed is",
  world: (lab) =>
    lab.dns({
      answers: {
        "http-intake.logs.us5.datadoghq.com": ["0.0.0.0"],
        "browser-intake-us5-datadoghq.com": null,
        "statsig.anthropic.com": null,
      },
    }),
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
