// The body is gzip, and no header says so.

import { gzipSync } from "node:zlib";
import type { Scenario } from "../scenario.ts";

const REFUSED = { type: "error", error: { type: "authentication_error", message: "invalid token" } };
const PACKED = gzipSync(JSON.stringify(REFUSED)).toString("base64");

export const scenario: Scenario = {
  rows: ["STR-10", "STR-11"],
  kind: "fault",
  about: "a relay drops Content-Encoding and leaves the body packed",
  world: (lab) => {
    lab.dns({ answers: { "claude.relay.example": ["203.0.113.80"] } });
    lab.origin({
      address: "203.0.113.80",
      backend: "not-found",
      edge: false,
      answers: { "* *": { status: 401, headers: { "content-type": "application/json" }, base64: PACKED } },
    });
  },
  env: { ANTHROPIC_BASE_URL: "https://claude.relay.example", ANTHROPIC_AUTH_TOKEN: "relay-token-0123456789abcdef" },
  args: ["--as", "claude-code"],
  expect: { verdict: "HTTP_ENCODING_BELIED", exit: 1 },
};
