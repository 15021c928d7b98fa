// nginx with its defaults: HTTP/1.0 to its upstream, buffering on

import { GATEWAY, nginx } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "nginx with its defaults: HTTP/1.0 to its upstream, buffering on",
  world: (lab) => nginx(lab, {}),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_BUFFERED_WHOLE", exit: 1, not: ["STREAM_GZIP_BUFFERED"], fix: /proxy_buffering off/ },
};
