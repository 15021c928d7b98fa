// A gateway that accepts and never answers.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a gateway accepts connections and never answers TLS",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", mode: "silent" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_DEAD_ENDPOINT", exit: 1, fix: /ss -ltnp/ },
};
