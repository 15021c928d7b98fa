// a scanner passes the stream on in batches of 600 bytes

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "a scanner passes the stream on in batches of 600 bytes",
  world: (lab) => streamBox(lab, { fault: { kind: "batch-bytes", bytes: 600 } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BATCHED", exit: 0, not: ["STREAM_BUFFERED_BODY"], fix: /proxy_buffering off/ },
};
