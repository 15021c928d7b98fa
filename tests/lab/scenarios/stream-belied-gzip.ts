// a gateway decompresses the answer and leaves content-encoding: gzip in its head

import { GATEWAY, streamBox } from "../gateways.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-09"],
  kind: "fault",
  about: "a gateway decompresses the answer and leaves content-encoding: gzip in its head",
  world: (lab) => streamBox(lab, { fault: { kind: "belie-gzip" } }),
  env: { ANTHROPIC_BASE_URL: GATEWAY },
  args: ["--as", "node", "--deep", "--spend"],
  limitMs: 70_000,
  expect: {
    verdict: "STREAM_ENCODING_BELIED",
    exit: 1,
    not: ["STREAM_NOT_SSE", "STREAM_CUT"],
    fix: /content-encoding/,
  },
};
