// Should retry: the header x-should-retry says the opposite of the status.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

const TYPES: Record<string, string> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** The fault `should-retry`. */
export const shouldRetry = refusal(
  {
    name: "should-retry",
    catalogue: ["F21"],
    summary: "An error with the header x-should-retry; by default true on a 400.",
    phases: ONLY_INSTEAD,
    params: {
      status: { type: "string", default: "400", oneOf: Object.keys(TYPES), about: "the HTTP status" },
      value: { type: "string", default: "true", about: "the header's value" },
    },
  },
  (params) => ({
    status: Number(params.text("status")),
    type: TYPES[params.text("status")] ?? "api_error",
    message: `The simulator answers ${params.text("status")} with x-should-retry: ${params.text("value")}.`,
    headers: { "x-should-retry": params.text("value") },
  }),
);
