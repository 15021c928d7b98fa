// A proxy that cannot resolve the name.

import { squid } from "../proxies.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "squid asks a resolver that knows nothing of the outside and cannot connect on",
  world: async (lab) => {
    lab.dns({ address: "10.77.1.53", mode: "nxdomain" });
    await squid(lab, 3128, ["dns_nameservers 10.77.1.53", "http_access allow all"]);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UPSTREAM_FAILS", exit: 1, says: /ERR_CANNOT_FORWARD|ERR_DNS_FAIL/ },
};
