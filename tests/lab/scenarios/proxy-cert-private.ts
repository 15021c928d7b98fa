// A proxy behind TLS with a certificate of the company.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-10"],
  kind: "fault",
  about: "an https:// proxy whose certificate a private root issued",
  world: async (lab) => {
    lab.dns({ answers: { "proxy.corp.example": ["10.77.1.1"] } });
    await lab.serve("r", "10.77.1.1", 3129, "proxy.ts", {
      mode: "work",
      cert: "{PKI:private.chain.pem}",
      key: "{PKI:leaf.key}",
    });
  },
  env: { HTTPS_PROXY: "https://dev:s3cret-w0rd@proxy.corp.example:3129" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_CERT_UNTRUSTED", exit: 1, fix: /NODE_EXTRA_CA_CERTS/ },
};
