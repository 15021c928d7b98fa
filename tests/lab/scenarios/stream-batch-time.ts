// a scanner passes the stream on every 0.8 s

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "a scanner passes the stream on every 0.8 s",
  world: (lab) => streamBox(lab, { fault: { kind: "batch-time", ms: 800 } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BATCHED", exit: 0, not: ["STREAM_BUFFERED_BODY"] },
};
