// The edge refuses the place that the requests come from.

import type { Scenario } from "../scenario.ts";

const REFUSED = {
  status: 403,
  body: { error: { type: "forbidden", message: "Request not allowed" } },
};

export const scenario: Scenario = {
  rows: ["PRX-13"],
  kind: "fault",
  about: "the edge answers 403 forbidden to everything",
  world: (lab) => {
    lab.answers({ "* *": REFUSED });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_REGION_REFUSED", exit: 1, fix: /supported-countries/, says: /Request not allowed/ },
};
