// A gateway that silently took another port.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-19"],
  kind: "fault",
  about: "the base URL names port 4000, the gateway listens on 4001",
  world: async (lab) => {
    await lab.start("c", "python3", ["-m", "http.server", "--bind", "127.0.0.1", "4001"], { port: 4001 });
  },
  env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:4000", ANTHROPIC_AUTH_TOKEN: "team-token-0123456789" },
  args: ["--as", "claude-code"],
  expect: { verdict: "TCP_REFUSED_LOOPBACK", exit: 1, says: /4001/ },
};
