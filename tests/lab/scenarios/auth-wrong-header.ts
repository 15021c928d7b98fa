// The right token in the wrong header.

import type { Scenario } from "../scenario.ts";

const TOKEN = "gateway-token-0123456789abcdef";

export const scenario: Scenario = {
  rows: ["API-06"],
  kind: "fault",
  about: "a gateway that reads Authorization only, its token set as ANTHROPIC_API_KEY",
  world: async (lab) => {
    await lab.serve("c", "127.0.0.1", 8787, "bearer-gateway.ts", { token: TOKEN });
  },
  env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:8787", ANTHROPIC_API_KEY: TOKEN },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_WRONG_HEADER", exit: 1, fix: /ANTHROPIC_AUTH_TOKEN/ },
};
