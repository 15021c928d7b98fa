// The log-in page of a network.

import { page } from "../refusals.ts";
import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["STR-13"],
  kind: "fault",
  about: "every answer is the guest network's page",
  world: (lab) => {
    lab.origin({
      answers: {
        "* *": page(200, "Welcome to the guest network", "<form action=/login>Log in to continue</form>", {
          server: "nginx",
        }),
      },
      edge: false,
    });
  },
  args: ["--as", "node"],
  expect: { verdict: "HTTP_CAPTIVE_PORTAL", exit: 1, fix: /sign in/i },
};
