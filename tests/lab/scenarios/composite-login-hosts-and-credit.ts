// The login's hosts are blocked, and the credit is used up.

import type { Scenario } from "../scenario.ts";

const CREDIT = {
  type: "error",
  error: {
    type: "invalid_request_error",
    message:
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  },
  request_id: "req_lab_credit",
};
const RULES = `
table inet f {
  chain way {
    type filter hook forward priority 0;
    ip daddr 160.79.104.11 tcp dport 443 reject with tcp reset
    ip6 daddr 2607:6bc0::11 tcp dport 443 reject with tcp reset
  }
}`;

export const scenario: Scenario = {
  rows: [],
  kind: "composite",
  about: "only the API's host is allowed out, and its credit is used up",
  world: async (lab) => {
    await lab.nft("r", RULES);
    lab.answers({ "POST /v1/messages": { status: 400, headers: { "request-id": "req_lab_credit" }, body: CREDIT } });
  },
  args: ["--as", "claude-code", "--spend"],
  expect: { verdict: "ACCOUNT_CREDIT_LOW", exit: 1, also: ["HTTP_HOST_BLOCKED"] },
};
