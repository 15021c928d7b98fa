// a server stalls in the middle of an answer and does not come back in time

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-14"],
  kind: "fault",
  about: "a server stalls in the middle of an answer and does not come back in time",
  world: (lab) => streamBox(lab, { fault: { kind: "pause", bytes: 1_000, ms: 120_000 } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_NO_PINGS", exit: 0, fix: /event: ping/ },
};
