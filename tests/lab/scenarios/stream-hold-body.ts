// a scanner passes the headers on and holds the body until it is complete

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "a scanner passes the headers on and holds the body until it is complete",
  world: (lab) => streamBox(lab, { fault: { kind: "hold-body" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BUFFERED_BODY", exit: 1, fix: /event-stream|stream\.py/ },
};
