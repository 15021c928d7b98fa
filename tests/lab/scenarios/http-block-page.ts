// A web filter that reads TLS with a trusted certificate and shows its own page.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a filter answers with its block page",
  world: (lab) => {
    lab.origin({
      answers: {
        "* *": page(403, "Access Denied", "<p>Access to this site has been blocked by Zscaler</p>", {
          server: "Zscaler/6.2",
        }),
      },
      edge: false,
    });
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_PROXY_BLOCK_PAGE", exit: 1, fix: /administrator/, says: /Zscaler/ },
};
