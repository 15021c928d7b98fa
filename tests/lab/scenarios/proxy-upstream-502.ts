// A proxy that cannot connect on.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers 502 for every host",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", {
      mode: "answer",
      answer: "HTTP/1.1 502 Bad Gateway\r\nVia: 1.1 edge\r\n\r\n",
    });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UPSTREAM_FAILS", exit: 1, says: /502/ },
};
