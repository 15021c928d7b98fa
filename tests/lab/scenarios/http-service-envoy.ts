// Envoy inside the service.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-21"],
  kind: "fault",
  about: "503 upstream connect error from behind the edge",
  world: (lab) => {
    lab.answers({
      "* *": {
        status: 503,
        headers: { "content-type": "text/plain" },
        body: "upstream connect error or disconnect/reset before headers. reset reason: overflow",
      },
    });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_SERVICE_ERROR", exit: 1, says: /Envoy|upstream connect error/ },
};
