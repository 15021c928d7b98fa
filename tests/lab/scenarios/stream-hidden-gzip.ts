// a gateway compresses the answer and does not say so

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-10", "STR-11"],
  kind: "fault",
  about: "a gateway compresses the answer and does not say so",
  world: (lab) => streamBox(lab, { fault: { kind: "hide-gzip" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: { verdict: "STREAM_ENCODING_BELIED", exit: 1, says: /1f8b/ },
};
