// Rate limit: the throttle says no and when to come back.

import { formatRfc3339 } from "@fairlead/protocol";
import type { Problem } from "../problem.ts";
import type { Strike } from "./kind.ts";
import type { Params } from "./params.ts";
import { refusal } from "./refusal.ts";

/** The fault `rate-limit`. */
export const rateLimit = refusal(
  {
    name: "rate-limit",
    catalogue: ["F2"],
    summary:
      "429 rate_limit_error that names the limit, with retry-after and anthropic-ratelimit headers at 0 remaining.",
    params: {
      retryAfter: { type: "number", default: 1, about: "seconds in retry-after; 0 leaves the header out" },
      limit: {
        type: "string",
        default: "requests",
        oneOf: ["requests", "input-tokens", "output-tokens"],
        about: "the limit that is named",
      },
      ramp: { type: "boolean", default: false, about: "an acceleration limit: error_code ramp_limit_exceeded" },
    },
  },
  problem,
);

function problem(params: Params, strike: Strike): Problem {
  const seconds = params.number("retryAfter");
  const limit = params.text("limit");
  const reset = formatRfc3339(strike.clock.wall() + Math.max(1, seconds) * 1000);
  const headers: Record<string, string> = seconds > 0 ? { "retry-after": String(seconds) } : {};
  headers[`anthropic-ratelimit-${limit}-limit`] = "50";
  headers[`anthropic-ratelimit-${limit}-remaining`] = "0";
  headers[`anthropic-ratelimit-${limit}-reset`] = reset;
  const message = params.flag("ramp")
    ? "This request would exceed your organization's maximum usage increase rate. Please scale up your input tokens usage more gradually to stay within the acceleration limit."
    : `This request would exceed your organization's rate limit of 50 ${limit.replace("-", " ")} per minute.`;
  return {
    status: 429,
    type: "rate_limit_error",
    message,
    headers,
    ...(params.flag("ramp") ? { details: { error_code: "ramp_limit_exceeded" } } : {}),
  };
}
