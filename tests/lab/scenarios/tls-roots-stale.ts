// A root that was renewed.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-14"],
  kind: "fault",
  about: "the inspection has a new root; NODE_EXTRA_CA_CERTS names the old one of the same name",
  world: (lab) => lab.origin({ chain: "inspected-new" }),
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "{PKI:inspected-root.pem}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_ROOTS_FILE_STALE", exit: 1, also: ["TLS_INTERCEPTED_UNTRUSTED"], fix: /PEM/ },
};
