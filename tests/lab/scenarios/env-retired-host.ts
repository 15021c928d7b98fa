// A dev container's firewall list with a host that is gone.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-18"],
  kind: "fault",
  about: "init-firewall.sh resolves statsig.anthropic.com",
  cwd: {
    ".devcontainer/init-firewall.sh":
      '#!/bin/bash\nfor domain in \\\n  "api.anthropic.com" \\\n  "statsig.anthropic.com" \\\n  "registry.npmjs.org"; do\n  :\ndone\n',
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_RETIRED_HOST", exit: 0, fix: /4s/ },
};
