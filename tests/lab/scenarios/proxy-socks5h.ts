// A socks5h URL for Claude Code.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-06"],
  kind: "fault",
  about: "HTTPS_PROXY=socks5h://, which some programs drop silently and Claude Code cannot use",
  env: { HTTPS_PROXY: "socks5h://10.77.1.1:1080" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SOCKS_UNSUPPORTED", exit: 1, says: /socks5h/ },
};
