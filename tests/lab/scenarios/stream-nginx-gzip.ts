// nginx compresses text/event-stream and holds it until its buffer is full

import { GATEWAY, nginx } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-01"],
  kind: "fault",
  about: "nginx compresses text/event-stream and holds it until its buffer is full",
  world: (lab) =>
    nginx(lab, {
      server: "gzip on; gzip_types *; gzip_proxied any; gzip_min_length 0;",
      location: "proxy_http_version 1.1;",
    }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_GZIP_BUFFERED", exit: 1, not: ["STREAM_BUFFERED_WHOLE"], fix: /gzip off/ },
};
