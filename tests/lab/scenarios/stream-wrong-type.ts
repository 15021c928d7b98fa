// A gateway announces streams as JSON.

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "whole events under content-type: application/json",
  world: (lab) => streamBox(lab, { fault: { kind: "retype", type: "application/json" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "python", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_WRONG_TYPE", exit: 0, fix: /text\/event-stream/ },
};
