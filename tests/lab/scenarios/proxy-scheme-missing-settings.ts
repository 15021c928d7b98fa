// The same in a settings file.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-20"],
  kind: "fault",
  about: "the settings file of Claude Code sets HTTPS_PROXY without a scheme",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  home: { ".claude/settings.json": '{\n  "env": {\n    "HTTPS_PROXY": "10.77.1.1:3128"\n  }\n}\n' },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_SCHEME_MISSING", exit: 1, fix: /settings\.json/ },
};
