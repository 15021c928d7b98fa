// nginx in front of a gateway closes idle connections after three seconds.

import { GATEWAY, nginx } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["LNG-06", "LNG-09"],
  kind: "fault",
  about: "nginx in front of a gateway closes idle connections after three seconds",
  world: (lab) => nginx(lab, { server: "keepalive_timeout 3s;" }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--soak", "8"],
  limitMs: 80_000,
  expect: { verdict: "LONG_IDLE_FIN", exit: 0, fix: /keepalive_timeout 120s/ },
};
