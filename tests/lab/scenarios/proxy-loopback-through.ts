// Requests to a local router that go to the proxy.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-09"],
  kind: "fault",
  about: "the base URL is on this machine and http_proxy sends it to the company's proxy",
  world: async (lab) => {
    lab.origin({ address: "203.0.113.81", port: 8080, mode: "plain" });
    await lab.serve("c", "127.0.0.1", 8787, "relay.ts", { to: "203.0.113.81", toPort: 8080 });
    await lab.tinyproxy(3128, ["ConnectPort 443"]);
  },
  env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:8787", ANTHROPIC_API_KEY: "{KEY}", http_proxy: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_LOOPBACK_THROUGH", exit: 1, fix: /127\.0\.0\.1/ },
};
