// Permission: the key is valid and may not do this.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `permission`. */
export const permission = refusal(
  {
    name: "permission",
    phases: ONLY_INSTEAD,
    catalogue: ["F6"],
    summary: "403 permission_error in the API's envelope.",
  },
  () => ({
    status: 403,
    type: "permission_error",
    message: "Your API key does not have permission to use the specified resource.",
  }),
);
