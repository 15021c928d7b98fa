// A firewall rule of Cloudflare's.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-04"],
  kind: "fault",
  about: "the edge blocks the exit address with a page",
  world: (lab) => {
    lab.answers({ "* *": page(403, "Attention Required! | Cloudflare", "<h1>Sorry, you have been blocked</h1>") });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_CLOUDFLARE_BLOCKED", exit: 1, fix: /cf-ray/ },
};
