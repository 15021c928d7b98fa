// The headers with which the program shows who it is: its credential, and what it is told to add to every request.

import type { Context } from "../context.ts";
import { Secret } from "../secret.ts";
import type { CallHeader } from "./call.ts";

/** Makes the API take an OAuth token (https://code.claude.com/docs/en/llm-gateway-protocol). */
const OAUTH_BETA = "oauth-2025-04-20";

/**
 * Credential, betas and custom headers. `swapped` puts the credential into the other of the two headers. Empty for
 * clouds that sign or that need a token which the doctor does not fetch.
 */
export function credentialHeaders(ctx: Context, swapped = false): CallHeader[] {
  const { environment, target } = ctx;
  const credential = environment.credentials[0];
  const headers: CallHeader[] = [];
  const betas = (environment.value("ANTHROPIC_BETAS") ?? "")
    .split(",")
    .map((beta) => beta.trim())
    .filter(Boolean);
  if (credential !== undefined) {
    const other = credential.header === "x-api-key" ? "authorization" : "x-api-key";
    const header = swapped ? other : credential.header;
    const value = credential.secret.reveal();
    headers.push([header, header === "authorization" ? new Secret(`Bearer ${value}`) : credential.secret]);
    if (credential.kind === "oauth-token" && header === "authorization") betas.push(OAUTH_BETA);
  }
  if (betas.length > 0 && target.platform !== "bedrock")
    headers.push(["anthropic-beta", [...new Set(betas)].join(",")]);
  if (environment.client === "claude-code") {
    for (const line of (environment.value("ANTHROPIC_CUSTOM_HEADERS") ?? "").split("\n")) {
      const [, name, value] = /^\s*([A-Za-z0-9-]+)\s*:\s*(.*?)\s*$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined && value !== "")
        headers.push([name.toLowerCase(), new Secret(value)]);
    }
  }
  return headers;
}
