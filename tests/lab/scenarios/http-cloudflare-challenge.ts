// Cloudflare's check for browsers.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["API-03"],
  kind: "fault",
  about: "a VPN exit with a bad name: Just a moment...",
  world: (lab) => {
    lab.answers({
      "* *": page(403, "Just a moment...", "<div class=challenge></div>", { "cf-mitigated": "challenge" }),
    });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_CLOUDFLARE_CHALLENGE", exit: 1, fix: /VPN/ },
};
