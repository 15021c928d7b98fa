// The proxy denies the API, and an old token in the settings beats the new one.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the proxy denies the API's host, and the settings hold another token than the shell",
  world: (lab) => {
    lab.file("/run/lab/filter", "anthropic\\.com\n");
    return lab.tinyproxy(3128, ['Filter "/run/lab/filter"']).then(() => {});
  },
  env: { ANTHROPIC_AUTH_TOKEN: "{KEY}", HTTPS_PROXY: "http://10.77.1.1:3128" },
  home: {
    ".claude/settings.json": JSON.stringify({
      env: { ANTHROPIC_AUTH_TOKEN: "the-old-token-of-last-month-0123456789" },
    }),
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_DENIES_HOST", exit: 1, also: ["ENV_SETTINGS_OVERRIDE_SHELL"] },
};
