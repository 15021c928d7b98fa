// The proxy program on this machine does not run.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "HTTPS_PROXY names 127.0.0.1:7890 and no program listens there",
  env: { HTTPS_PROXY: "http://127.0.0.1:7890" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_UNREACHABLE", exit: 1, fix: /ss -ltnp/, says: /127\.0\.0\.1:7890/ },
};
