// The key under which two requests are the same: of one tenant, for one address, with the same say and the same body.

import { createHash } from "node:crypto";
import { compactJson } from "@fairlead/protocol";
import type { Exchange } from "../exchange.ts";

/** No part of what is asked for: it tells the API that the caller is a browser. */
const WITHOUT_EFFECT = "anthropic-dangerous-direct-browser-access";
const BETA = "anthropic-beta";

/**
 * SHA-256 over scope, tenant, method, path with query, all `anthropic-*` headers (by name; betas sorted), and the body:
 * its exact bytes, or as `compact` JSON without insignificant white space. Members in another order, or a number spelt in
 * another way, make another key. Each part goes in with its length, so that no two lists of parts look alike.
 * @param scope keeps apart what the tenant does not: one client's credentials, say
 */
export function canonicalKey(x: Exchange, scope: string, body: "exact" | "compact"): string {
  const hash = createHash("sha256");
  hash.update(framed([scope, tenantOf(x), x.method, x.path, ...relevantHeaders(x.headers)]));
  if (x.body !== null) hash.update(body === "compact" ? compactJson(x.body) : x.body);
  return hash.digest("base64url");
}

/** The key of a request by the name that its caller gave it: of one length, however long the name. */
export function namedKey(x: Exchange, scope: string, name: string): string {
  return createHash("sha256")
    .update(framed(["named", scope, tenantOf(x), name]))
    .digest("base64url");
}

/** Each part with its length, so that none can pass for two. */
function framed(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) text += `${part.length}:${part},`;
  return `${text};`;
}

/** Whose request it is. */
export function tenantOf(x: Exchange): string {
  return x.principal?.project ?? "local";
}

/** Names and values alternating, by name. */
function relevantHeaders(raw: readonly string[]): string[] {
  const betas: string[] = [];
  const others: [name: string, value: string][] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    // Names are long enough and begin with an a: most headers need no lower case.
    if (name.length < BETA.length || (name.charCodeAt(0) | 0x20) !== 0x61) continue;
    const lower = name.toLowerCase();
    if (!lower.startsWith("anthropic-") || lower === WITHOUT_EFFECT) continue;
    const value = raw[i + 1] as string;
    if (lower === BETA) betas.push(...value.split(",").map((one) => one.trim()));
    else others.push([lower, value.trim()]);
  }
  const named = betas.filter((one) => one !== "").sort();
  others.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return [named.join(","), ...others.flat()];
}
