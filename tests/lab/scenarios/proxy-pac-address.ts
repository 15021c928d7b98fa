// The address of a PAC script in place of a proxy's.

import type { Scenario } from "../scenario.ts";

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "HTTPS_PROXY holds the URL of the company's PAC script, whose server answers CONNECT with 405",
  world: async (lab) => {
    lab.dns({ answers: { "wpad.corp.example": ["10.77.1.1"] } });
    await lab.serve("r", "10.77.1.1", 80, "proxy.ts", {
      mode: "answer",
      answer: "HTTP/1.1 405 Not Allowed\r\nServer: nginx/1.22.1\r\nContent-Length: 0\r\n\r\n",
    });
  },
  env: { HTTPS_PROXY: "http://wpad.corp.example/proxy.pac" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_NOT_A_PROXY", exit: 1, not: ["PROXY_DENIES_ALL"], says: /405/, fix: /PAC script/ },
};
