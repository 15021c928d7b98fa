// A gateway that closes every handshake.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway closes each connection when the handshake begins",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", mode: "close-after-hello" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_ALWAYS_RESET", exit: 1 },
};
