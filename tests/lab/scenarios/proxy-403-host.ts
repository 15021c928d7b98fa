// squid with a rule against this host.

import { squid } from "../proxies.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-15"],
  kind: "fault",
  about: "squid denies .anthropic.com and lets the others through",
  world: async (lab) => {
    await squid(lab, 3128, ["acl ai dstdomain .anthropic.com", "http_access deny ai", "http_access allow all"]);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_DENIES_HOST", exit: 1, fix: /api\.anthropic\.com:443/, says: /ERR_ACCESS_DENIED/ },
};
