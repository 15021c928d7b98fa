// a gateway is silent for 20.6 s and sends no ping

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-03", "STR-04"],
  kind: "fault",
  about: "a gateway is silent for 20.6 s and sends no ping",
  world: (lab) => streamBox(lab, { fault: { kind: "pause", bytes: 1_000, ms: 20_600 } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_NO_PINGS", exit: 0, fix: /event: ping/ },
};
