// Model not found: this account or region does not serve the model.

import { ONLY_INSTEAD } from "./phases.ts";
import { refusal } from "./refusal.ts";

/** The fault `model-not-found`. */
export const modelNotFound = refusal(
  {
    name: "model-not-found",
    phases: ONLY_INSTEAD,
    catalogue: ["F29"],
    summary: "404 not_found_error that names a model.",
    params: { model: { type: "string", default: "claude-opus-5-5", about: "the model named in the message" } },
  },
  (params) => ({ status: 404, type: "not_found_error", message: `model: ${params.text("model")}` }),
);
