// A server that knows no CONNECT.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "what listens at the proxy's address answers CONNECT with 501, as python -m http.server does",
  world: async (lab) => {
    await lab.start("r", "python3", ["-m", "http.server", "8000"], { port: 8000 });
  },
  env: { HTTPS_PROXY: "http://10.77.1.1:8000" },
  args: ["--as", "python"],
  expect: { verdict: "PROXY_NOT_A_PROXY", exit: 1, not: ["PROXY_UPSTREAM_FAILS"], says: /501/ },
};
