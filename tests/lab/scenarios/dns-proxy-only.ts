// A network whose name servers know only the inside.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-10"],
  kind: "fault",
  about: "the name servers know nothing of the outside; a proxy is set where Node does not read it",
  world: (lab) => lab.dns({ mode: "nxdomain" }),
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "node"],
  expect: { verdict: "DNS_ONLY_PROXY_RESOLVES", exit: 1, fix: /NODE_USE_ENV_PROXY/ },
};
