// A gateway time-out that looks like MTU.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["MTU-06"],
  kind: "fault",
  about: "the API answers 504 to messages: an answer came back, so packets are not lost",
  world: (lab) => lab.answers({ "POST /v1/messages*": { status: 504, body: "upstream request timeout" } }),
  args: ["--as", "node", "--deep"],
  expect: { verdict: "HTTP_SERVICE_ERROR", exit: 1, not: ["MTU_UPLINK_HOLE"] },
};
