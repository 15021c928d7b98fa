// Foundry, which has no count of tokens everywhere.

import type { Scenario } from "../scenario.ts";

const HEADERS = { "apim-request-id": "5a1c7e0e-lab" };

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "the resource answers messages and does not know count_tokens; no model is named",
  world: (lab) => {
    lab.dns({ answers: { "lab-resource.services.ai.azure.com": ["203.0.113.41"] } });
    lab.origin({
      address: "203.0.113.41",
      backend: "not-found",
      edge: false,
      answers: {
        "POST /anthropic/v1/messages": {
          status: 401,
          headers: HEADERS,
          body: { error: { code: "401", message: "Access denied due to missing subscription key." } },
        },
        "* *": { status: 404, headers: HEADERS, body: { error: { code: "404", message: "Resource not found" } } },
      },
    });
  },
  env: {
    CLAUDE_CODE_USE_FOUNDRY: "1",
    ANTHROPIC_FOUNDRY_RESOURCE: "lab-resource",
    ANTHROPIC_FOUNDRY_API_KEY: "abcdef0123456789abcdef",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0, not: ["ACCOUNT_MODEL_NOT_FOUND", "ACCOUNT_REFUSED"] },
};
