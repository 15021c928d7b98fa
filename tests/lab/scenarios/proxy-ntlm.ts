// A proxy that offers NTLM and Negotiate only.

import type { Scenario } from "../scenario.ts";

const ANSWER = [
  "HTTP/1.1 407 Proxy Authentication Required",
  "Proxy-Authenticate: Negotiate",
  "Proxy-Authenticate: NTLM",
  "Content-Length: 0",
  "",
  "",
].join("\r\n");

export const scenario: Scenario = {
  rows: [],
  kind: "fault",
  about: "the proxy answers 407 and offers NTLM and Negotiate only",
  world: async (lab) => {
    await lab.serve("r", "10.77.1.1", 3128, "proxy.ts", { mode: "answer", answer: ANSWER });
  },
  env: { HTTPS_PROXY: "http://dev:s3cret-w0rd@10.77.1.1:3128" },
  args: ["--as", "claude-code"],
  expect: { verdict: "PROXY_AUTH_SCHEME", exit: 1, fix: /cntlm/, says: /NTLM/ },
};
