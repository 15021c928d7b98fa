// An apiKeyHelper that a shell runs by itself.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "apiKeyHelper is a line for the shell: nothing to look for on the PATH",
  env: { ANTHROPIC_API_KEY: null },
  home: { ".claude/settings.json": '{"apiKeyHelper":"printf %s \\"$(cat ~/.key)\\""}' },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
