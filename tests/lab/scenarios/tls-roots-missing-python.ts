// A root file that is not there, for Python.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "SSL_CERT_FILE names a file that is gone: httpx does not even start",
  world: () => {},
  env: { ANTHROPIC_API_KEY: "{KEY}", SSL_CERT_FILE: "/opt/corp/ca.pem" },
  args: ["--as", "python"],
  expect: { verdict: "TLS_ROOTS_FILE_MISSING", exit: 1, fix: /SSL_CERT_FILE/ },
};
