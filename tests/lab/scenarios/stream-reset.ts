// a box resets the stream behind so many bytes

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-06", "LNG-10"],
  kind: "fault",
  about: "a box resets the stream behind so many bytes",
  world: (lab) => streamBox(lab, { fault: { kind: "truncate", bytes: 1_200, how: "reset" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_CUT", exit: 1, not: ["STREAM_IDLE_CUT"], says: /ECONNRESET/ },
};
