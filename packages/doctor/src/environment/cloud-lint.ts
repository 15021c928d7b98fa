// What a cloud's address is made from: region, project, resource, as far as it can be seen that they are no such thing.

import type { Lint } from "../facts/environment.ts";
import type { Target } from "../target.ts";
import { placeText } from "./description.ts";
import type { Environment, Setting } from "./environment.ts";
import { textOf } from "./variable-names.ts";

/** Such as us-east-1, us-gov-west-1, eu-isoe-west-1. Source: https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html */
const AWS = /^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/;
/** Such as us-east5, global and the multi-regions. Source: https://cloud.google.com/vertex-ai/docs/general/locations */
const GOOGLE = /^(?:global|us|eu|[a-z]+-[a-z]+\d{1,2})$/;
/** Source: https://learn.microsoft.com/en-us/azure/ai-services/cognitive-services-custom-subdomains */
const RESOURCE = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/i;

/** The region that a text means; undefined when it is none. */
export function regionOf(platform: "bedrock" | "vertex", text: string): string | undefined {
  const plain = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, "-");
  const form = platform === "bedrock" ? AWS : GOOGLE;
  if (form.test(plain)) return plain;
  // A zone is a region and a letter.
  const region = platform === "bedrock" ? plain.replace(/[a-z]$/, "") : plain.replace(/-[a-z]$/, "");
  return form.test(region) ? region : undefined;
}

/** The resource that a text means, which may be its whole address; undefined when it is none. */
export function resourceOf(text: string): string | undefined {
  const name = text
    .trim()
    .replace(/^https?:\/\//i, "")
    .replace(/[./].*$/s, "");
  return RESOURCE.test(name) ? name : undefined;
}

/** Faults of the settings that the address of Bedrock, Vertex or Foundry is made from; none where a base URL stands in for them. */
export function cloudLints(environment: Environment, target: Target): Lint[] {
  if (target.from?.name.endsWith("_BASE_URL") === true) return [];
  const set = (...names: readonly string[]) =>
    names
      .map((name) => environment.variables.get(name)?.effective)
      .find((one) => one !== undefined && textOf(one.value).trim() !== "");
  if (target.platform === "bedrock")
    return form(set("AWS_REGION", "AWS_DEFAULT_REGION"), (text) => regionOf("bedrock", text));
  if (target.platform === "vertex") {
    const missing = set("ANTHROPIC_VERTEX_PROJECT_ID", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT") === undefined;
    return [
      ...form(set("CLOUD_ML_REGION"), (text) => regionOf("vertex", text)),
      ...(missing ? [lack("ANTHROPIC_VERTEX_PROJECT_ID")] : []),
    ];
  }
  if (target.platform !== "foundry") return [];
  const resource = set("ANTHROPIC_FOUNDRY_RESOURCE");
  return resource === undefined ? [lack("ANTHROPIC_FOUNDRY_RESOURCE")] : form(resource, resourceOf);
}

function form(setting: Setting | undefined, right: (text: string) => string | undefined): Lint[] {
  if (setting === undefined) return [];
  const value = textOf(setting.value);
  const meant = right(value);
  if (meant === value.trim()) return [];
  const detail = { value, meant: meant ?? "" };
  return [{ problem: "cloud-form", name: setting.name, where: placeText(setting.source), detail }];
}

function lack(name: string): Lint {
  return { problem: "cloud-missing", name, where: "", detail: { value: "" } };
}
