// A root file in UTF-16.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "NODE_EXTRA_CA_CERTS names a PEM file that PowerShell wrote as UTF-16",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.file("/run/lab/corp-ca.pem", Buffer.from(`\ufeff${lab.pki.text("inspected-root.pem")}`, "utf16le"));
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", NODE_EXTRA_CA_CERTS: "/run/lab/corp-ca.pem" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_ROOTS_FILE_UNUSABLE", exit: 1, also: ["TLS_INTERCEPTED_UNTRUSTED"], fix: /iconv/ },
};
