// Which provider and region a host's name tells of.

/** Provider and region; null where the name does not tell. */
export interface Place {
  readonly provider: string | null;
  readonly region: string | null;
}

/** Names of endpoints as the providers document them: AWS, Google Cloud, Azure AI Foundry. */
const PLACES: ReadonlyArray<readonly [RegExp, string]> = [
  [/^api\.anthropic\.com$/, "anthropic"],
  [/^bedrock-(?:runtime|mantle)(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/, "bedrock"],
  [/^(?:([a-z0-9-]+)-)?aiplatform\.googleapis\.com$/, "vertex"],
  [/^aiplatform\.([a-z0-9-]+)\.rep\.googleapis\.com$/, "vertex"],
  [/^[a-z0-9-]+\.(?:services\.ai|openai|cognitiveservices)\.azure\.com$/, "foundry"],
];

/** Reads a host's name. */
export function placeOf(host: string): Place {
  for (const [pattern, provider] of PLACES) {
    const found = pattern.exec(host.toLowerCase());
    if (found !== null) return { provider, region: found[1] ?? (provider === "vertex" ? "global" : null) };
  }
  return { provider: null, region: null };
}
