// A filter answers in JSON where the API should.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "403 in words that are none of the API, at its own address",
  world: (lab) => {
    lab.answers({ "* *": { status: 403, body: { error: "blocked", policy: "genai-deny" } } });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_PROXY_BLOCK_PAGE", exit: 1, fix: /administrator/ },
};
