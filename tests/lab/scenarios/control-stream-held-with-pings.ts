// a gateway holds answers on purpose and sends pings meanwhile

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a gateway holds answers on purpose and sends pings meanwhile",
  world: (lab) => streamBox(lab, { fault: { kind: "hold-with-pings", everyMs: 300 } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: null, exit: 0 },
};
