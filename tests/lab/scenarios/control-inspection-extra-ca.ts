// Inspected traffic whose inspector Node is told to trust.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "TLS is inspected, and NODE_EXTRA_CA_CERTS names the inspector",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "{PKI:inspected-root.pem}" },
  args: ["--as", "node"],
  expect: { verdict: null, exit: 0 },
};
