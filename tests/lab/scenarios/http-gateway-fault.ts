// Our own gateway, whose upstream is configured wrongly; past it the API answers.

import type { Scenario } from "../scenario.ts";

const CONFIG = `
listen: 127.0.0.1:4100
admin: 127.0.0.1:4101
upstreams:
  - { name: anthropic, provider: anthropic, base_url: "http://127.0.0.1:9", api_key: "file:/run/lab/upstream.key" }
models:
  - { match: "claude-*", upstreams: [anthropic] }
projects:
  - { name: web, keys: ["file:/run/lab/team.key"] }
`;
const TEAM_KEY = "team-key-for-the-lab-0123456789abcdef";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "a fairlead gateway with a wrong base_url: through it 502, past it all is well",
  world: async (lab) => {
    lab.file("/run/lab/fairlead.yaml", CONFIG);
    lab.file("/run/lab/upstream.key", lab.key);
    lab.file("/run/lab/team.key", TEAM_KEY);
    const cli = new URL("../../../packages/cli/bin/fairlead.js", import.meta.url).pathname;
    await lab.start("c", process.execPath, [cli, "gateway", "-c", "/run/lab/fairlead.yaml"], { port: 4100 });
  },
  env: { ANTHROPIC_BASE_URL: "http://127.0.0.1:4100", ANTHROPIC_AUTH_TOKEN: TEAM_KEY },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_GATEWAY_FAULT", exit: 1, fix: /readyz|config check/ },
};
