// The proxy wants a password, and the key has quotes.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "the proxy asks for credentials that are not there, and the key holds its quotes",
  world: (lab) => lab.tinyproxy(3128, ["BasicAuth dev s3cret-w0rd"]).then(() => {}),
  env: { ANTHROPIC_API_KEY: '"{KEY}"', HTTPS_PROXY: "http://10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_KEY_QUOTED", exit: 1, also: ["PROXY_AUTH_REQUIRED"] },
};
