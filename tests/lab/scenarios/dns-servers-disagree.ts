// A first name server that does not know what the second knows.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["DNS-08"],
  kind: "fault",
  about: "a public server stands before the company's: the gateway's name is unknown to the first, known to the second",
  world: (lab) => {
    lab.dns({ address: "10.77.1.7", mode: "nxdomain" });
    lab.dns({ answers: { "claude.corp.example": ["10.77.2.50"] } });
    lab.origin({ address: "10.77.2.50" });
  },
  etc: { "resolv.conf": "nameserver 10.77.1.7\nnameserver 10.77.1.1\n" },
  env: { ANTHROPIC_BASE_URL: "https://claude.corp.example", ANTHROPIC_AUTH_TOKEN: "{KEY}" },
  args: ["--as", "claude-code"],
  expect: { verdict: "DNS_NXDOMAIN", exit: 1, says: /10\.77\.1\.1 knows it/, fix: /10\\\.77\\\.1\\\.7/ },
};
