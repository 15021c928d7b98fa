// Spend limit: a limit that the organisation set itself, told as a 400.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `spend-limit-400`. */
export const spendLimit = refusal(
  {
    name: "spend-limit-400",
    phases: ONLY_INSTEAD,
    catalogue: ["F4"],
    summary: "400 invalid_request_error in the wording of a user-set spend limit.",
    params: { workspace: { type: "boolean", default: false, about: "the workspace's limit, not the organisation's" } },
  },
  (params) => ({
    status: 400,
    type: "invalid_request_error",
    message: `You have reached your specified ${params.flag("workspace") ? "workspace " : ""}API usage limits. You will regain access on the 1st of next month at 00:00 UTC.`,
  }),
);
