// a gateway drops stream: true and answers with JSON

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway drops stream: true and answers with JSON",
  world: (lab) => streamBox(lab, { fault: { kind: "unstream" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_NOT_SSE", exit: 1, fix: /stream: true/ },
};
