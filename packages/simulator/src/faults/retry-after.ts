// Odd retry-after: values that a client must not stumble over.

import { formatHttpDate } from "@fairlead/protocol";
import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `odd-retry-after`. */
export const oddRetryAfter = refusal(
  {
    name: "odd-retry-after",
    catalogue: ["F22"],
    summary: "429 with an odd retry-after: 0, negative, an HTTP-date, an hour, garbage, or in milliseconds.",
    phases: ONLY_INSTEAD,
    params: {
      value: {
        type: "string",
        default: "0",
        about:
          "the header's value; `date` for an HTTP-date 2 s ahead, `past` for one 60 s ago, `ms` for retry-after-ms: 150",
      },
      status: { type: "string", default: "429", oneOf: ["429", "503", "529"], about: "the HTTP status" },
    },
  },
  (params, { clock }) => {
    const value = params.text("value");
    const status = Number(params.text("status"));
    const headers: Record<string, string> =
      value === "ms"
        ? { "retry-after-ms": "150" }
        : {
            "retry-after":
              value === "date"
                ? formatHttpDate(clock.wall() + 2000)
                : value === "past"
                  ? formatHttpDate(clock.wall() - 60_000)
                  : value,
          };
    const type = status === 429 ? "rate_limit_error" : status === 529 ? "overloaded_error" : "api_error";
    return { status, type, message: "This request would exceed your organization's rate limit.", headers };
  },
);
