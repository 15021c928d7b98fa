// A web server before the gateway takes small requests only.

import { GATEWAY, nginx } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-17"],
  kind: "fault",
  about: "nginx with client_max_body_size 1m: a request of 4 MB gets 413",
  world: (lab) => nginx(lab, { location: "proxy_http_version 1.1; proxy_buffering off; client_max_body_size 1m;" }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep"],
  limitMs: 70_000,
  expect: { verdict: "HTTP_BODY_LIMIT", exit: 0, fix: /nginx/, says: /413/ },
};
