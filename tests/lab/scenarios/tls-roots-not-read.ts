// A root in a variable that the program does not read.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "SSL_CERT_FILE names the right root, which has no effect in Node",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", SSL_CERT_FILE: "{PKI:inspected-root.pem}" },
  args: ["--as", "node"],
  expect: {
    verdict: "TLS_ROOTS_FILE_NOT_READ",
    exit: 1,
    also: ["TLS_INTERCEPTED_UNTRUSTED"],
    fix: /NODE_EXTRA_CA_CERTS/,
  },
};
