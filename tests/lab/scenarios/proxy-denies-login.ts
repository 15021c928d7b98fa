// A proxy that lets the API through and not the hosts of the sign-in.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-15"],
  kind: "fault",
  about: "the proxy denies platform.claude.com and claude.ai, and lets the API through",
  world: async (lab) => {
    const answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n";
    const only = ["platform.claude.com", "claude.ai"];
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", { mode: "answer", answer, only });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_HOST_BLOCKED", exit: 0, fix: /platform\.claude\.com/ },
};
