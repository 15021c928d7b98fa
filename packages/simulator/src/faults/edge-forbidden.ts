// Edge forbidden: the edge refuses the region a request comes from, before the API sees it (protocol.md 2.5).

import type { FaultKind } from "./kind.ts";
import { ONLY_INSTEAD } from "./phases.ts";

/** The fault `edge-forbidden-403`. */
export const edgeForbidden: FaultKind = {
  name: "edge-forbidden-403",
  catalogue: ["F6"],
  summary: "403 with the body of a region refusal: error.type forbidden, no top-level type, no request-id.",
  phases: ONLY_INSTEAD,
  params: {},
  edge: true,
  strike: async (strike) =>
    strike.impersonate(
      403,
      { "content-type": "application/json", server: "cloudflare", "cf-ray": "9a2f4c1d8e7b6a50-HKG" },
      '{"error":{"type":"forbidden","message":"Request not allowed"}}',
    ),
};
