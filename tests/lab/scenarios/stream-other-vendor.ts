// a gateway answers with the frames of another vendor

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway answers with the frames of another vendor",
  world: (lab) => streamBox(lab, { fault: { kind: "other-vendor" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_NOT_SSE", exit: 1, fix: /Anthropic (?:address|地址)/ },
};
