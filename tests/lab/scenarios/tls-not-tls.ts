// A gateway that speaks plain HTTP behind an https address.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the base URL says https, the gateway speaks plain HTTP",
  world: (lab) => {
    lab.dns({ answers: { "gw.lab.example": ["203.0.113.90"] } });
    lab.origin({ address: "203.0.113.90", port: 8080, mode: "plain" });
  },
  env: { ANTHROPIC_BASE_URL: "https://gw.lab.example:8080", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "node"],
  expect: { verdict: "TLS_NOT_TLS", exit: 1, fix: /http:\/\/gw\.lab\.example:8080/ },
};
