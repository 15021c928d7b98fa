// The first name server is dead, and the key is refused.

import type { Scenario } from "../scenario.ts";

const REVOKED =
  "sk-ant-api03-n0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabn0tAKeyOfTheLabxyzAA";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the first name server is silent; the key is revoked",
  world: (lab) => lab.dns({ address: "10.77.1.9", mode: "silent" }),
  etc: { "resolv.conf": "nameserver 10.77.1.9\nnameserver 10.77.1.1\n" },
  env: { ANTHROPIC_API_KEY: REVOKED },
  args: ["--as", "node"],
  expect: { verdict: "AUTH_INVALID_KEY", exit: 1, also: ["DNS_FIRST_SERVER_DEAD"] },
};
