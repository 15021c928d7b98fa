// Every handshake is reset.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the API address resets every handshake, whatever is in it",
  world: (lab) => lab.origin({ mode: "reset-after-hello" }),
  args: ["--as", "node"],
  expect: { verdict: "TLS_ALWAYS_RESET", exit: 1 },
};
