// a gateway closes the stream in good order before its end

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-06"],
  kind: "fault",
  about: "a gateway closes the stream in good order before its end",
  world: (lab) => streamBox(lab, { fault: { kind: "truncate", bytes: 1_200, how: "end" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_CUT", exit: 1, not: ["STREAM_IDLE_CUT"] },
};
