// Error status: any status with any error type, for what has no fault of its own (408, 409, 422, 431, 499, 501 ...).

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `error-status`. */
export const errorStatus = refusal(
  {
    name: "error-status",
    phases: ONLY_INSTEAD,
    catalogue: ["F19"],
    summary: "The given status and error type in the API's envelope.",
    params: {
      status: { type: "number", default: 409, min: 400, max: 599, about: "the HTTP status" },
      type: { type: "string", default: "conflict_error", about: "error.type; it may be one that nobody knows" },
      message: { type: "string", default: "The simulator was told to say this.", about: "error.message" },
      code: { type: "string", default: "", about: "details.error_code; empty for none" },
    },
  },
  (params) => ({
    status: params.number("status"),
    type: params.text("type"),
    message: params.text("message"),
    ...(params.text("code") === "" ? {} : { details: { error_code: params.text("code") } }),
  }),
);
