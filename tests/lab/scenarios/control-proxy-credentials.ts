// A proxy with credentials that it accepts.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "control",
  about: "a proxy that asks for credentials, and the URL holds the right ones",
  world: (lab) => lab.tinyproxy(3128, ["BasicAuth dev s3cret-w0rd"]).then(() => {}),
  env: { ANTHROPIC_API_KEY: "{KEY}", HTTPS_PROXY: "http://dev:s3cret-w0rd@10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: null, exit: 0 },
};
