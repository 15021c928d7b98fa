// Cloudflare limits how often an address may ask.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "429 with error code 1015 in front of the API",
  world: (lab) => {
    lab.answers({
      "* *": {
        status: 429,
        headers: { "content-type": "text/plain", "retry-after": "30" },
        body: "error code: 1015",
      },
    });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_CLOUDFLARE_BLOCKED", exit: 1, fix: /30 seconds/, not: ["ACCOUNT_RATE_LIMITED"] },
};
