// A proxy that lets this machine reach nothing.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "tinyproxy denies the client every host",
  world: async (lab) => {
    await lab.tinyproxy(3128, ["Deny 10.77.1.0/24"]);
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_DENIES_ALL", exit: 1, says: /403/ },
};
