// Credit too low: the prepaid credit is used up.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `credit-too-low`. */
export const creditTooLow = refusal(
  {
    name: "credit-too-low",
    phases: ONLY_INSTEAD,
    catalogue: ["F4"],
    summary: "400 invalid_request_error: the credit balance is too low.",
  },
  () => ({
    status: 400,
    type: "invalid_request_error",
    message:
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
  }),
);
