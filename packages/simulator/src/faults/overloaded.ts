// Overloaded: the platform has no capacity for this model now.

import { refusal } from "./refusal.ts";

/** The fault `overloaded`. */
export const overloaded = refusal(
  { name: "overloaded", catalogue: ["F1"], summary: "529 overloaded_error with a request-id and no retry-after." },
  () => ({ status: 529, type: "overloaded_error", message: "Overloaded" }),
);
