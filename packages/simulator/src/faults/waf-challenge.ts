// WAF challenge: a firewall rule or a company's proxy answers 403 with a page (protocol.md 2.5).

import type { FaultKind } from "./kind.ts";
import { ONLY_INSTEAD } from "./phases.ts";

/** The fault `waf-403`. */
export const wafChallenge: FaultKind = {
  name: "waf-403",
  catalogue: ["F6"],
  summary: "403 with an HTML page and no header of the API.",
  phases: ONLY_INSTEAD,
  params: {},
  edge: true,
  strike: async (strike) =>
    strike.impersonate(
      403,
      { "content-type": "text/html; charset=UTF-8", server: "cloudflare", "cf-mitigated": "challenge" },
      "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Attention required</body></html>",
    ),
};
