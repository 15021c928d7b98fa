// Billing: there is a problem with the payment.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `billing-402`. */
export const billing = refusal(
  { name: "billing-402", phases: ONLY_INSTEAD, catalogue: ["F4"], summary: "402 billing_error." },
  () => ({
    status: 402,
    type: "billing_error",
    message: "There is an issue with your organization's billing.",
  }),
);
