// nginx as it should be: HTTP/1.1, no buffering

import { GATEWAY, nginx } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "nginx as it should be: HTTP/1.1, no buffering",
  world: (lab) => nginx(lab, { location: "proxy_http_version 1.1; proxy_buffering off;" }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: null, exit: 0 },
};
