// A gateway answers messages and turns streamed ones down.

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "400 for every request with stream: true, and a whole message works",
  world: (lab) => streamBox(lab, { fault: { kind: "refuse" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_REFUSED", exit: 1, fix: /stream: true/, says: /not supported/ },
};
