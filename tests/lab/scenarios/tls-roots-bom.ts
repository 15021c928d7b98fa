// A root file with a byte order mark.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "an editor on Windows saved the root with a mark before its first line, which hides it from OpenSSL",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.file("~/corp-ca.pem", `\ufeff${lab.pki.text("inspected-root.pem").replaceAll("\n", "\r\n")}`);
  },
  env: { NODE_EXTRA_CA_CERTS: "/run/home/dev/corp-ca.pem" },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_ROOTS_FILE_UNUSABLE", exit: 1, not: ["TLS_ROOTS_FILE_NO_ROOT"], says: /bom/, fix: /sed/ },
};
