// A system store with a handful of roots.

import { rootCertificates } from "node:tls";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-05"],
  kind: "fault",
  about: "the system store holds ten authorities, and the root of the inspection is not among them",
  world: (lab) => {
    lab.origin({ chain: "inspected" });
    lab.file("/etc/ssl/certs/ca-certificates.crt", `${rootCertificates.slice(0, 10).join("\n")}\n`);
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "TLS_INTERCEPTED_UNTRUSTED", exit: 1, also: ["TLS_SYSTEM_STORE_SMALL"] },
};
