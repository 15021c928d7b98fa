// An old Claude Code that looks for SSO credentials past the proxy.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: ["PRX-14"],
  kind: "fault",
  about: "Claude Code 2.1.230, Bedrock with SSO, and a proxy",
  world: async (lab) => {
    lab.dns({ answers: { "bedrock-runtime.us-east-1.amazonaws.com": ["10.77.2.60"] } });
    lab.origin({
      address: "10.77.2.60",
      answers: {
        "* *": {
          status: 403,
          headers: { "x-amzn-requestid": "lab-1", "x-amzn-errortype": "MissingAuthenticationTokenException" },
          body: { message: "Missing Authentication Token" },
        },
      },
    });
    await lab.tinyproxy(3128);
  },
  env: {
    CLAUDE_CODE_USE_BEDROCK: "1",
    AWS_REGION: "us-east-1",
    AWS_PROFILE: "dev",
    HTTPS_PROXY: "http://10.77.1.1:3128",
  },
  home: {
    ".local/share/claude/versions/2.1.230": "",
    ".aws/config": "[profile dev]\nsso_session = corp\nregion = us-east-1\n",
  },
  args: ["--as", "claude-code"],
  expect: { verdict: "ENV_CLAUDE_OUTDATED_BEDROCK_SSO", exit: 0, fix: /claude update/ },
};
