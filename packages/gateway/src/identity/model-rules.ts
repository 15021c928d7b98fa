// Whether a credential may name a model, asked once the body was looked at.

import type { Look, Principal } from "@fairlead/engine";
import { globMatch } from "../model-match.ts";
import { namedModels } from "../named-models.ts";
import { type Refused, refused } from "./refused.ts";

/** Why a request may not go on with the models that it names; undefined when it may. */
export function modelRefusal(
  { models }: Principal,
  look: Look,
  route: { readonly name: string; readonly once: boolean },
  body: Buffer | null,
): Refused | undefined {
  if (models === undefined) return undefined;
  if (look.model === undefined) {
    // The models of a batch stand deep in its body, one for each request.
    return route.name === "batches" && route.once ? refused("batch_models") : undefined;
  }
  const { model } = look;
  // Two readers could take different ones of two members of the same name.
  if (look.modelSpans.length > 1) return refused("bad_field", { field: "model", reason: "stands in the body twice" });
  for (const named of [model, ...(body === null ? [] : namedModels(body))]) {
    const closed = models.find((patterns) => !patterns.some((one) => globMatch(one, named)));
    if (closed === undefined) continue;
    const shown = named.length > 80 ? `${named.slice(0, 77)}...` : named;
    return refused("model_not_allowed", { model: shown, allowed: closed.slice(0, 8).join(", ") });
  }
  return undefined;
}
