// A proxy that sends everybody to its login page.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers CONNECT with a redirect to its login page",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", {
      mode: "answer",
      answer: "HTTP/1.1 302 Found\r\nLocation: http://portal.corp.example/login\r\n\r\n",
    });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_REFUSES", exit: 1, fix: /portal\.corp\.example/ },
};
