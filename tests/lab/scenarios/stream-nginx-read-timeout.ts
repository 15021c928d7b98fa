// nginx cuts a stream that pauses for longer than its proxy_read_timeout

import { GATEWAY, nginx, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-06"],
  kind: "fault",
  about: "nginx cuts a stream that pauses for longer than its proxy_read_timeout",
  world: async (lab) => {
    await streamBox(lab, { fault: { kind: "pause", bytes: 1_000, ms: 9_000 } }, "upstream");
    await nginx(lab, { box: true, location: "proxy_http_version 1.1; proxy_buffering off; proxy_read_timeout 2s;" });
  },
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_IDLE_CUT", exit: 1, not: ["STREAM_CUT"], fix: /proxy_read_timeout/ },
};
