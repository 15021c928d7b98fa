// A program that an editor has started without the shell's variables.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-16"],
  kind: "fault",
  about: "the key stands in .zshrc, and the process was not started from a shell",
  env: { ANTHROPIC_API_KEY: null },
  home: { ".zshrc": "export ANTHROPIC_API_KEY={KEY}\n" },
  args: ["--as", "claude-code"],
  expect: { verdict: "AUTH_NO_CREDENTIAL", exit: 1, fix: /\. \$HOME\/\.zshrc/ },
};
