// A proxy pasted with a full-width colon.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "HTTPS_PROXY holds a full-width colon, pasted from a chat",
  env: { HTTPS_PROXY: "http://10.77.1.1：3128x" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UNPARSABLE", exit: 1, says: /U\+FF1A/ },
};
