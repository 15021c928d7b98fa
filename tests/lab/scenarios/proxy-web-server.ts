// A web server where the proxy should be.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "HTTPS_PROXY names a web server: it closes on CONNECT and serves pages",
  world: (lab) => {
    lab.dns({ answers: { "intranet.corp.example": ["10.77.2.60"] } });
    lab.origin({ address: "10.77.2.60", port: 80, mode: "plain", backend: "page" });
  },
  env: { HTTPS_PROXY: "http://intranet.corp.example:80" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_NOT_A_PROXY", exit: 1, says: /web server/, fix: /unset HTTPS_PROXY/ },
};
