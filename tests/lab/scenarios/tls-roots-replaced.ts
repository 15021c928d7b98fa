// A root file that takes the place of the public ones.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "SSL_CERT_FILE holds only the company root, so Python refuses the genuine certificate",
  world: () => {},
  env: { ANTHROPIC_API_KEY: "{KEY}", SSL_CERT_FILE: "{PKI:private-root.pem}" },
  args: ["--as", "python"],
  expect: { verdict: "TLS_ROOTS_FILE_REPLACES", exit: 1, fix: /certifi/ },
};
