// The console's address as the base URL.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-13"],
  kind: "fault",
  about: "the base URL is a web site, which answers with HTML",
  world: (lab) => {
    lab.dns({ answers: { "console.anthropic.com": ["160.79.104.11"] } });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_BASE_URL: "https://console.anthropic.com" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_URL_WEB_PAGE", exit: 1, fix: /unset ANTHROPIC_BASE_URL/ },
};
