// a gateway strips the event lines

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-05"],
  kind: "fault",
  about: "a gateway strips the event lines",
  world: (lab) => streamBox(lab, { fault: { kind: "strip-event-lines" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_NO_EVENT_LINES", exit: 1, fix: /event: message_start/ },
};
