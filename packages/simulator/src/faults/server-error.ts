// Server error: 500 to 504 and 520 to 524, from the API itself or from an edge that cannot reach it.

import type { FaultKind } from "./kind.ts";
import { INSTEAD } from "./phases.ts";
import { endWithError } from "./refusal.ts";

const NAMES: Record<string, string> = {
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  520: "Web server is returning an unknown error",
  521: "Web server is down",
  522: "Connection timed out",
  523: "Origin is unreachable",
  524: "A timeout occurred",
};

/** The fault `server-error`. */
export const serverError: FaultKind = {
  name: "server-error",
  catalogue: ["F5"],
  summary:
    "A 5xx: JSON in the API's envelope for 500 and 504, the HTML page of an edge without request-id for the others, unless body says otherwise.",
  phases: INSTEAD,
  params: {
    status: { type: "string", default: "500", oneOf: Object.keys(NAMES), about: "the HTTP status" },
    body: { type: "string", default: "auto", oneOf: ["auto", "json", "html", "empty"], about: "what the body is" },
    retryAfter: { type: "number", default: 0, about: "seconds in retry-after; 0 leaves the header out" },
  },
  strike: async (strike) => {
    const status = Number(strike.params.text("status"));
    const wanted = strike.params.text("body");
    const own = status === 500 || status === 504;
    const type = status === 504 ? "timeout_error" : "api_error";
    const message =
      status === 504 ? "Request timed out" : status === 500 ? "Internal server error" : String(NAMES[status]);
    if (strike.running !== undefined) return endWithError(strike, type, message, null);
    const after = strike.params.number("retryAfter");
    const headers: Record<string, string> = after > 0 ? { "retry-after": String(after) } : {};
    if (wanted === "json" || (wanted === "auto" && own)) return strike.refuse({ status, type, message, headers });
    const page =
      wanted === "empty"
        ? ""
        : `<html>\r\n<head><title>${status} ${NAMES[status]}</title></head>\r\n<body>\r\n<center><h1>${status} ${NAMES[status]}</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`;
    return strike.impersonate(status, { "content-type": "text/html", server: "cloudflare", ...headers }, page);
  },
};
