// The connection is reset when the request comes.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a reset instead of an answer",
  world: (lab) => {
    lab.answers({ "* *": { status: 200, headers: { "content-type": "application/json" }, ending: "reset" } });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_RESET", exit: 1 },
};
