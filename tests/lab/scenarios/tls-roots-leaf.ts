// A root file with the site's own certificate.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_EXTRA_CA_CERTS names the certificate of the site in place of the root",
  world: (lab) => lab.origin({ chain: "inspected" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "{PKI:inspected.pem}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_ROOTS_FILE_NOT_CA", exit: 1, also: ["TLS_INTERCEPTED_UNTRUSTED"], fix: /PEM/ },
};
