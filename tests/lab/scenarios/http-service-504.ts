// An incident that looks like a matter of size.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["MTU-06"],
  kind: "fault",
  about: "504 from the edge: an answer came, so it is no MTU",
  world: (lab) => {
    lab.answers({ "* *": page(504, "504 Gateway Time-out", "<center><h1>504 Gateway Time-out</h1></center>") });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_SERVICE_ERROR", exit: 1, says: /504/ },
};
