// What kind of question a request is, as far as its answer may be shared or kept.

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
