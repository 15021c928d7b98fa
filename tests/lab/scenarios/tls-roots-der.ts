// A root file in binary form.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_EXTRA_CA_CERTS names the right root as a binary .cer, which Node ignores without a word",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "{PKI:inspected-root.der}" },
  args: ["--as", "node"],
  expect: {
    verdict: "TLS_ROOTS_FILE_DER",
    exit: 1,
    also: ["TLS_INTERCEPTED_UNTRUSTED"],
    fix: /openssl x509 -inform der/,
  },
};
