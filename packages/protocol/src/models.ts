// Which Claude model an id means, whatever form a provider gives it.
import type { Model } from "./model.ts";
import { MODELS } from "./model-table.ts";

export type { Model, PriceRow, ThinkingFacts } from "./model.ts";
export { MODELS } from "./model-table.ts";

const BY_ID: ReadonlyMap<string, Model> = new Map(
  MODELS.flatMap((model) => [model.id, ...model.aliases].map((id): [string, Model] => [id, model])),
);

/**
 * The model that an id means, or undefined. Reads first-party ids, dated or not (`claude-opus-4-5-20251101`), Vertex
 * (`claude-sonnet-4-5@20250929`), Bedrock with and without a region prefix (`us.anthropic.claude-haiku-4-5-20251001-v1:0`),
 * inference-profile ARNs, a vendor's prefix (`anthropic/claude-opus-5`) and the `[1m]` that Claude Code puts behind a name.
 */
export function findModel(id: string): Model | undefined {
  return BY_ID.get(id) ?? BY_ID.get(plainModelId(id));
}

/** An id without what providers put around it: path, region, vendor, version, date. Not every result is a known model. */
export function plainModelId(id: string): string {
  return id
    .slice(id.lastIndexOf("/") + 1)
    .toLowerCase()
    .replace(/\[1m\]$/, "")
    .replace(/^(?:[a-z]+(?:-[a-z]+)*\.)?anthropic\./, "")
    .replace(/@.*$/, "")
    .replace(/-v\d+(?::\d+)*(?::\d+k)?$/, "")
    .replace(/-\d{8}$/, "");
}
