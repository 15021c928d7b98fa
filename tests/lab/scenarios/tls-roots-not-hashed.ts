// A folder of roots without its links.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-07"],
  kind: "fault",
  about: "SSL_CERT_DIR names a folder that holds the inspector's root under a name of its own, not under its hash",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.file("~/certs/corp-ca.pem", lab.pki.text("inspected-root.pem"));
  },
  env: { SSL_CERT_DIR: "/run/home/dev/certs" },
  args: ["--as", "python"],
  expect: { verdict: "TLS_ROOTS_FILE_UNUSABLE", exit: 1, also: ["TLS_INTERCEPTED_UNTRUSTED"], fix: /openssl rehash/ },
};
