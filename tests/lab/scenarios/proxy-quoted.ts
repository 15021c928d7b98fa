// Quotation marks round the proxy's address.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["ENV-20"],
  kind: "fault",
  about: "HTTPS_PROXY holds its quotation marks, as from cmd.exe or an env file",
  world: async (lab) => {
    await lab.tinyproxy(3128);
  },
  env: { HTTPS_PROXY: "'http://10.77.1.1:3128'" },
  args: ["--as", "claude-code"],
  expect: {
    verdict: "PROXY_UNPARSABLE",
    exit: 1,
    not: ["PROXY_SCHEME_MISSING"],
    fix: /export HTTPS_PROXY=http:\/\/10\.77\.1\.1:3128$/,
  },
};
