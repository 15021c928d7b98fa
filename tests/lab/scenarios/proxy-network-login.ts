// A network that wants a login before its proxy works.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers 511 until somebody has logged in at the network",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", {
      mode: "answer",
      answer: "HTTP/1.1 511 Network Authentication Required\r\nContent-Type: text/html\r\n\r\n<p>Please log in.",
    });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_REFUSES", exit: 1, not: ["PROXY_UPSTREAM_FAILS"], says: /511/, fix: /browser/ },
};
