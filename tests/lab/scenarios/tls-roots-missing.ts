// A root file that is not there.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_EXTRA_CA_CERTS names a path with a tilde, which no shell has expanded",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "~/corp-ca.pem" },
  args: ["--as", "node"],
  expect: {
    verdict: "TLS_ROOTS_FILE_MISSING",
    exit: 1,
    also: ["TLS_INTERCEPTED_UNTRUSTED"],
    fix: /HOME\/corp-ca\.pem/,
  },
};
