// The settings are no JSON, and the name server refuses.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "settings.json is no JSON, and the name server refuses",
  world: (lab) => lab.dns({ mode: "refused" }),
  home: { ".claude/settings.json": '{ "env": { "ANTHROPIC_MODEL": "claude-opus-4-5", } ' },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_SETTINGS_BROKEN", exit: 1, also: ["DNS_REFUSED"] },
};
