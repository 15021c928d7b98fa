// Unknown error type: an error of a kind that nobody knows yet.

import { refusal } from "./refusal.ts";

/** The fault `unknown-error-type`. */
export const unknownErrorType = refusal(
  {
    name: "unknown-error-type",
    catalogue: ["F19"],
    summary: "An error whose type is unknown; clients must go by the status.",
    params: { status: { type: "number", default: 503, min: 400, max: 599, about: "the HTTP status" } },
  },
  (params) => ({ status: params.number("status"), type: "future_error", message: "An error from the future." }),
);
