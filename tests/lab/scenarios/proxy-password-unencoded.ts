// A password whose special characters stand as they are.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the password p@ss#2026 is in the URL unencoded, and Claude Code cannot read the URL",
  world: async (lab) => {
    await lab.tinyproxy(3128, ["BasicAuth dev p-ss-2026"]);
  },
  env: { HTTPS_PROXY: "http://dev:p@ss#2026@10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_PASSWORD_UNENCODED", exit: 1, fix: /encodeURIComponent/ },
};
