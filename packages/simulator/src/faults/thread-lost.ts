// Thread lost: the conversation that the server kept is gone, or cannot be continued here.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `thread-lost`. */
export const threadLost = refusal(
  {
    name: "thread-lost",
    catalogue: ["F29"],
    summary: "404 thread_not_found, or with how=unsupported a 400 thread_unsupported_request.",
    phases: ONLY_INSTEAD,
    params: {
      how: { type: "string", default: "not-found", oneOf: ["not-found", "unsupported"], about: "which of the two" },
    },
  },
  (params) =>
    params.text("how") === "not-found"
      ? {
          status: 404,
          type: "not_found_error",
          message: "The thread was not found or has expired.",
          details: { error_code: "thread_not_found" },
        }
      : {
          status: 400,
          type: "invalid_request_error",
          message: "This request cannot be continued as a thread.",
          details: { error_code: "thread_unsupported_request", unsupported: ["thread"] },
        },
);
