// What kind of question a request is, as far as its answer may be shared or kept.

import { scanTies, scanTraits } from "@fairlead/protocol";
import type { Exchange } from "../exchange.ts";

/** `messages` generates; `count_tokens` and `models` only tell; `other` is everything else. */
export type RequestKind = "messages" | "count_tokens" | "models" | "other";

const MODELS = /\/v1\/models(?:\/[^/]+)?$/;

/** The kind by method and path; the path may have a prefix. */
export function kindOf({ method, path }: Pick<Exchange, "method" | "path">): RequestKind {
  const question = path.indexOf("?");
  const end = question < 0 ? path.length : question;
  if (method === "POST") {
    if (path.endsWith("/v1/messages", end)) return "messages";
    return path.endsWith("/v1/messages/count_tokens", end) ? "count_tokens" : "other";
  }
  return method === "GET" && MODELS.test(path.slice(0, end)) ? "models" : "other";
}

/** Whether its answer is drawn by chance: a temperature other than 0, or none said. */
export function sampled({ body }: Exchange): boolean {
  return body === null || scanTraits(body).temperature !== 0;
}

/**
 * Whether an answer to it may be given again: no tools of the server take part, and nothing in its history is tied to an
 * account or to state that the server keeps.
 */
export function repeatable({ body, look }: Exchange): boolean {
  return body !== null && look.model !== undefined && !scanTraits(body).serverTools && scanTies(body).length === 0;
}
