// GET /v1/models and GET /v1/models/{id}.

import { MODELS, type Model } from "@fairlead/protocol";
import { notFound } from "../problem.ts";
import type { State } from "../state.ts";
import { refuse } from "../strikes.ts";
import { knownModel } from "../validation.ts";
import { page } from "./page.ts";
import type { Visit } from "./visit.ts";

/** Lists the models. */
export async function listModels(state: State, visit: Visit): Promise<void> {
  const extra = (state.options.models ?? []).filter((id) => knownModel(id) === undefined).map(unknownItem);
  const result = page([...MODELS.map(item), ...extra], visit.exchange.query, (model) => String(model.id));
  if ("status" in result) return refuse(visit.exchange, result);
  visit.json(200, result);
}

/** Tells one model. */
export async function getModel(state: State, visit: Visit): Promise<void> {
  const id = decodeURIComponent(visit.exchange.path.slice("/v1/models/".length));
  const model = knownModel(id);
  if (model !== undefined) return visit.json(200, { ...item(model), id });
  if (state.options.models?.includes(id) === true) return visit.json(200, unknownItem(id));
  refuse(visit.exchange, notFound(`model: ${id}`));
}

function item(model: Model): Record<string, unknown> {
  return {
    type: "model",
    id: model.id,
    display_name: model.displayName,
    created_at: model.createdAt,
    max_input_tokens: model.contextWindow,
    max_tokens: model.maxOutput,
    lifecycle: model.retiresAt === undefined ? "active" : "deprecated",
    ...(model.retiresAt === undefined ? {} : { retires_at: `${model.retiresAt}T00:00:00Z` }),
  };
}

function unknownItem(id: string): Record<string, unknown> {
  return { type: "model", id, display_name: id, created_at: "1970-01-01T00:00:00Z" };
}
