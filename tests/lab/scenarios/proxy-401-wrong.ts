// A proxy that does not know the password.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "tinyproxy answers 401 to a wrong password",
  world: async (lab) => {
    await lab.tinyproxy(3128, ["BasicAuth dev s3cret-w0rd"]);
  },
  env: { HTTPS_PROXY: "http://dev:0ld-w0rd-of-may@10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_AUTH_WRONG", exit: 1, fix: /encodeURIComponent/, says: /401/ },
};
