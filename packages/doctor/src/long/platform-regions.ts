// Regions of the platforms that have them, with the host that serves each.

import type { Target } from "../target.ts";

/** A region and its host. */
export interface Region {
  readonly name: string;
  readonly host: string;
}

/**
 * Regions of Amazon Bedrock's runtime that a profile for Claude runs in
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html,
 * https://docs.aws.amazon.com/general/latest/gr/bedrock.html).
 */
const BEDROCK = [
  "us-east-1",
  "us-east-2",
  "us-west-2",
  "ca-central-1",
  "sa-east-1",
  "eu-central-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eu-north-1",
  "eu-south-1",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
] as const;

/** Locations of Vertex AI that serve Claude (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/learn/locations). */
const VERTEX = [
  "us-central1",
  "us-east1",
  "us-east4",
  "us-east5",
  "us-west1",
  "northamerica-northeast1",
  "southamerica-east1",
  "europe-west1",
  "europe-west2",
  "europe-west3",
  "europe-west4",
  "asia-northeast1",
  "asia-south1",
  "asia-southeast1",
  "australia-southeast1",
] as const;

/** Regions of the platform that is the target, the chosen one first; none when the target is no platform with regions. */
export function regionsOf(target: Target): readonly Region[] {
  const all =
    !target.official || !target.tls
      ? []
      : target.platform === "bedrock"
        ? BEDROCK.map((name) => ({ name, host: `bedrock-runtime.${name}.amazonaws.com` }))
        : target.platform === "vertex"
          ? [
              { name: "global", host: "aiplatform.googleapis.com" },
              ...VERTEX.map((name) => ({ name, host: `${name}-aiplatform.googleapis.com` })),
            ]
          : [];
  return [...all.filter(({ host }) => host === target.host), ...all.filter(({ host }) => host !== target.host)];
}
