// Spend cap: a 429 that no waiting cures before the first of next month.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `spend-cap-429`. */
export const spendCap = refusal(
  {
    name: "spend-cap-429",
    phases: ONLY_INSTEAD,
    catalogue: ["F3"],
    summary: "429 rate_limit_error with a spend error_code and no retry-after: the monthly cap is reached.",
    params: {
      code: {
        type: "string",
        default: "enforced_spend_limit_reached",
        oneOf: ["enforced_spend_limit_reached", "contract_spend_limit_reached"],
        about: "details.error_code",
      },
    },
  },
  (params) => ({
    status: 429,
    type: "rate_limit_error",
    message:
      "You have reached your API usage limits: your organization has crossed its monthly API usage threshold. " +
      "You will regain access on the 1st of next month at 00:00 UTC.",
    details: { error_code: params.text("code") },
  }),
);
