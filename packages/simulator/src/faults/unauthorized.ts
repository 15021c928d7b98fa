// Unauthorized: the key or token is not accepted.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `unauthorized`. */
export const unauthorized = refusal(
  { name: "unauthorized", phases: ONLY_INSTEAD, catalogue: ["F27"], summary: "401 authentication_error." },
  () => ({ status: 401, type: "authentication_error", message: "invalid x-api-key" }),
);
