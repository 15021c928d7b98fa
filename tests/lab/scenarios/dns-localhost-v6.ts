// localhost means ::1, the gateway listens on 127.0.0.1.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-11"],
  kind: "fault",
  about: "localhost is ::1 only, and the gateway listens on 127.0.0.1",
  world: async (lab) => {
    await lab.serve("c", "127.0.0.1", 4100, "relay.ts", { to: "160.79.104.10", toPort: 443 });
  },
  etc: { hosts: "::1 localhost\n" },
  env: { ANTHROPIC_BASE_URL: "http://localhost:4100", ANTHROPIC_API_KEY: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_LOCALHOST_V6_FIRST", exit: 1, not: ["TCP_REFUSED_LOOPBACK"], fix: /127\.0\.0\.1:4100/ },
};
