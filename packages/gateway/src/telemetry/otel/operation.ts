// What a request is in a trace: an operation of generative AI, or a route of HTTP like any other.

/** Paths that a model answers, with the operations of the GenAI conventions (`gen_ai.operation.name`). */
const OPERATIONS: { readonly [path: string]: string } = {
  "/v1/messages": "chat",
  "/v1/chat/completions": "chat",
  "/v1/complete": "text_completion",
};

/** Parts of a path that are ids. */
const IDS = /^(\/v1\/(?:messages\/batches|models|files))\/[^/]+/;

/** An operation, or a route with `{id}` for ids: both are few. */
export type Traced = { readonly operation: string } | { readonly operation: undefined; readonly route: string };

/** Reads the path of a request that a route was found for; its query does not matter. */
export function tracedAs(path: string): Traced {
  const [plain = ""] = path.split("?", 1);
  const operation = Object.hasOwn(OPERATIONS, plain) ? OPERATIONS[plain] : undefined;
  return operation === undefined ? { operation, route: plain.replace(IDS, "$1/{id}") } : { operation };
}
