// A root file without a root.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_EXTRA_CA_CERTS names the inspector's intermediate, and not the root above it",
  world: (lab) => lab.origin({ chain: "inspected-short" }),
  env: { NODE_EXTRA_CA_CERTS: "{PKI:inspected-intermediate.pem}" },
  args: ["--as", "node"],
  expect: {
    verdict: "TLS_ROOTS_FILE_NO_ROOT",
    exit: 1,
    also: ["TLS_INTERCEPTED_UNTRUSTED"],
    not: ["TLS_ROOTS_FILE_STALE"],
    says: /Zscaler Root CA/,
  },
};
