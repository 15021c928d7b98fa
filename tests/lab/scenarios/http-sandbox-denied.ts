// The egress proxy of a sandbox.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["TLS-15"],
  kind: "fault",
  about: "403 with x-deny-reason",
  world: (lab) => {
    lab.answers({
      "* *": {
        status: 403,
        headers: { "x-deny-reason": "host_not_allowed", "content-type": "text/plain" },
        body: "Host not in allowlist",
      },
    });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_SANDBOX_DENIED", exit: 1, fix: /host_not_allowed/ },
};
