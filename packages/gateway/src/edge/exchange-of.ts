// From a request that was read to the exchange that the engine works on.

import { type Code, type Exchange, type Look, newTally, type Principal } from "@fairlead/engine";
import { scanBody } from "@fairlead/protocol";
import { type Runtime, Signal } from "@fairlead/runtime";
import type { RequestHead } from "./request-head.ts";
import type { Route } from "./routes.ts";

/** What is wrong with a body, as a code and its filled places. */
export interface BodyFault {
  readonly code: Code;
  readonly fill: { readonly [name: string]: string | number };
}

const NO_SPANS = [] as const;
/** Characters of a model's name, as many as Bedrock allows: circuits, figures and limits remember names by the hundred. */
const MAX_MODEL = 2_048;

/** The look at a body, or what is wrong with it. The body is never parsed. */
export function lookAt(route: Route, body: Buffer | null): Look | BodyFault {
  const { dialect } = route;
  if (route.body !== "model" || body === null) {
    return { dialect, model: undefined, modelSpans: NO_SPANS, stream: false, maxTokens: undefined, userId: undefined };
  }
  const scan = scanBody(body);
  if (!scan.ok) return { code: "bad_json", fill: { reason: scan.reason, at: scan.at } };
  if (scan.wrong.includes("model"))
    return { code: "bad_field", fill: { field: "model", reason: "must be a text, the name of a model" } };
  if (scan.model === undefined) return { code: "bad_field", fill: { field: "model", reason: "Field required" } };
  if (scan.model === "") return { code: "bad_field", fill: { field: "model", reason: "must not be empty" } };
  if (scan.model.length > MAX_MODEL)
    return { code: "bad_field", fill: { field: "model", reason: `must be at most ${MAX_MODEL} characters` } };
  if (scan.wrong.includes("stream"))
    return { code: "bad_field", fill: { field: "stream", reason: "must be true or false" } };
  if (scan.wrong.includes("max_tokens"))
    return { code: "bad_field", fill: { field: "max_tokens", reason: "must be a number" } };
  const { model, modelSpans, stream, maxTokens, userId } = scan;
  return { dialect, model, modelSpans, stream: stream === true, maxTokens, userId };
}

/** The exchange. Its deadline is the caller's own time-out, when it told one. */
export function exchangeOf(
  id: string,
  method: string,
  path: string,
  head: RequestHead,
  body: Buffer | null,
  look: Look,
  route: Route,
  principal: Principal,
  rt: Runtime,
): Exchange {
  return {
    id,
    attempt: head.attempt,
    method,
    path,
    headers: head.headers,
    body,
    look,
    principal,
    signal: new Signal(),
    deadline: head.timeoutMs === undefined ? Number.POSITIVE_INFINITY : rt.clock.now() + head.timeoutMs,
    once: route.once,
    callerRetries: head.callerRetries,
    target: undefined,
    priority: head.priority,
    tally: newTally(),
    tried: [],
    idempotencyKey: head.idempotencyKey || undefined,
    cache: head.cache,
  };
}
