// Unauthorized once: a token has expired, and the next request is fine.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `unauthorized-once`. */
export const unauthorizedOnce = refusal(
  {
    name: "unauthorized-once",
    catalogue: ["F27"],
    summary: "401 authentication_error for the first request, then all is well, unless the pattern says otherwise.",
    phases: ONLY_INSTEAD,
    pattern: { once: true },
  },
  () => ({
    status: 401,
    type: "authentication_error",
    message: "OAuth token has expired. Please obtain a new token or refresh your existing token.",
  }),
);
