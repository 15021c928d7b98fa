// A proxy that allows tunnels to port 443 only.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the gateway listens on 8443, tinyproxy allows 443 only",
  world: async (lab) => {
    lab.dns({ answers: { "gate.relay.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", port: 8443 });
    lab.origin({ address: "203.0.113.90", port: 443 });
    await lab.tinyproxy(3128, ["ConnectPort 443"]);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128", ANTHROPIC_BASE_URL: "https://gate.relay.example:8443" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_DENIES_PORT", exit: 1, says: /8443/ },
};
