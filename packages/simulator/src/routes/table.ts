// The table of routes: which method and path is answered by what.

import { MAX_BODY_BYTES } from "../options.ts";
import type { State } from "../state.ts";
import { batchResults, cancelBatch, createBatch, deleteBatch, getBatch, listBatches } from "./batches.ts";
import { chatCompletions } from "./chat-completions.ts";
import { complete } from "./complete.ts";
import { deleteFile, FILE_BYTES, fileContent, getFile, listFiles, uploadFile } from "./files.ts";
import { countTokens, messages } from "./messages.ts";
import { getModel, listModels } from "./models.ts";
import { costReport, usageReport } from "./reports.ts";
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
  /** Only an admin key opens it. */
  readonly admin?: boolean;
  /** Answered 200 to anybody, with an empty body. */
  readonly open?: boolean;
  answer(state: State, visit: Visit): void | Promise<void>;
}

const nothing = () => {};

/** Largest batch, bytes (protocol.md 6.1). */
const BATCH_BYTES = 8 * MAX_BODY_BYTES;

const ROUTES: readonly Route[] = [
  { method: "POST", path: /^\/v1\/messages$/, json: true, answer: messages },
  { method: "POST", path: /^\/v1\/messages\/count_tokens$/, json: true, answer: countTokens },
  { method: "GET", path: /^\/v1\/models$/, answer: listModels },
  { method: "GET", path: /^\/v1\/models\/[^/]+$/, answer: getModel },
  { method: "POST", path: /^\/v1\/messages\/batches$/, json: true, mostBytes: BATCH_BYTES, answer: createBatch },
  { method: "GET", path: /^\/v1\/messages\/batches$/, answer: listBatches },
  { method: "GET", path: /^\/v1\/messages\/batches\/[^/]+$/, answer: getBatch },
  { method: "DELETE", path: /^\/v1\/messages\/batches\/[^/]+$/, answer: deleteBatch },
  { method: "POST", path: /^\/v1\/messages\/batches\/[^/]+\/cancel$/, answer: cancelBatch },
  { method: "GET", path: /^\/v1\/messages\/batches\/[^/]+\/results$/, answer: batchResults },
  { method: "POST", path: /^\/v1\/files$/, mostBytes: FILE_BYTES, answer: uploadFile },
  { method: "GET", path: /^\/v1\/files$/, answer: listFiles },
  { method: "GET", path: /^\/v1\/files\/[^/]+$/, answer: getFile },
  { method: "GET", path: /^\/v1\/files\/[^/]+\/content$/, answer: fileContent },
  { method: "DELETE", path: /^\/v1\/files\/[^/]+$/, answer: deleteFile },
  { method: "POST", path: /^\/v1\/complete$/, json: true, answer: complete },
  { method: "POST", path: /^\/v1\/chat\/completions$/, json: true, version: false, answer: chatCompletions },
  { method: "GET", path: /^\/v1\/organizations\/usage_report\/messages$/, admin: true, answer: usageReport },
  { method: "GET", path: /^\/v1\/organizations\/cost_report$/, admin: true, answer: costReport },
  { method: "HEAD", path: /^\/api\/hello$/, open: true, answer: nothing },
  { method: "GET", path: /^\/api\/hello$/, open: true, answer: nothing },
];

/** The route for a request, or undefined: then it is a 404. */
export function findRoute(method: string, path: string): Route | undefined {
  return ROUTES.find((route) => route.method === method && route.path.test(path));
}
