// The table of routes: which method and path is answered by what.

import { MAX_BODY_BYTES } from "../options.ts";
import type { State } from "../state.ts";
import { countTokens, messages } from "./messages.ts";
import { getModel, listModels } from "./models.ts";
import type { Visit } from "./visit.ts";

/** One route. */
export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** The body is JSON and parsed before the route is asked. */
  readonly json?: boolean;
  /** Largest body, bytes. Default 32 MB. */
  readonly mostBytes?: number;
  /** False: no `anthropic-version` is asked for. */
  readonly version?: false;
  /** Answered 200 to anybody, with an empty body. */
  readonly open?: boolean;
  answer(state: State, visit: Visit): void | Promise<void>;
}

const nothing = () => {};

const ROUTES: readonly Route[] = [
  { method: "POST", path: /^\/v1\/messages$/, json: true, answer: messages },
  { method: "POST", path: /^\/v1\/messages\/count_tokens$/, json: true, answer: countTokens },
  { method: "GET", path: /^\/v1\/models$/, answer: listModels },
  { method: "GET", path: /^\/v1\/models\/[^/]+$/, answer: getModel },
  { method: "HEAD", path: /^\/api\/hello$/, open: true, answer: nothing },
  { method: "GET", path: /^\/api\/hello$/, open: true, answer: nothing },
];

/** The route for a request, or undefined: then it is a 404. */
export function findRoute(method: string, path: string): Route | undefined {
  return ROUTES.find((route) => route.method === method && route.path.test(path));
}

export const BATCH_BYTES = 8 * MAX_BODY_BYTES;
