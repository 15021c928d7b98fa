// A model name that nobody knows.

import { apiError } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "ANTHROPIC_MODEL names no model",
  world: (lab) => {
    lab.answers({ "POST /v1/messages/count_tokens": apiError(404, "not_found_error", "model: claude-sonet-4-5") });
  },
  env: { ANTHROPIC_API_KEY: "{KEY}", ANTHROPIC_MODEL: "claude-sonet-4-5" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ACCOUNT_MODEL_NOT_FOUND", exit: 1, says: /claude-sonet-4-5/ },
};
