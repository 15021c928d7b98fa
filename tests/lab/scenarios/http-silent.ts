// The connection stands, and no answer comes.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "TLS works, requests are swallowed",
  world: (lab) => {
    lab.origin({ backend: "silent", answers: {} });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_TIMEOUT", exit: 1, fix: /--deep/ },
};
