// TLS is inspected, and the file with the inspector's root is DER.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "TLS is inspected, and NODE_EXTRA_CA_CERTS names the right root in the wrong encoding",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "{PKI:inspected-root.der}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_ROOTS_FILE_DER", exit: 1, also: ["TLS_INTERCEPTED_UNTRUSTED"] },
};
