// an interception proxy collects the whole answer before it passes on its head

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "an interception proxy collects the whole answer before it passes on its head",
  world: (lab) => streamBox(lab, { fault: { kind: "hold-all" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BUFFERED_WHOLE", exit: 1, fix: /flow\.response\.stream = True/ },
};
