// The data plane's routes: which paths there are, how their bodies are read and their answers judged.

import type { Look } from "@fairlead/engine";
import type { Scope } from "../identity/scopes.ts";

/** One route of the data plane. */
export interface Route {
  /** For logs and metrics: few and fixed. */
  readonly name: string;
  readonly dialect: Look["dialect"];
  /** `model`: a JSON object with a model; `json`: passed on after a look; `any`: passed on as it is; `none`: no body. */
  readonly body: "model" | "any" | "none";
  /** Largest body, bytes; undefined = the configured limit. */
  readonly limit: number | undefined;
  /** Creates something that must not be created twice. */
  readonly once: boolean;
  /** The scopes of which a caller needs one. */
  readonly scopes: readonly Scope[];
}

interface Entry {
  readonly path: RegExp;
  readonly methods: { readonly [method: string]: Route };
}

const MB = 1_048_576;
/** Limits of the API for these routes (protocol reference 6.1), bytes. */
const BATCH_LIMIT = 256 * MB;
const FILE_LIMIT = 500 * MB;

/** An id or name in a path: no slash, no dot segment, nothing encoded but a colon or an at sign. */
const ID = "(?!\\.{1,2}(?:/|$))(?:[A-Za-z0-9._:@~-]|%3[Aa]|%40)+";

const MESSAGE_SCOPES: readonly Scope[] = ["messages"];
const BATCH_SCOPES: readonly Scope[] = ["batches"];
const FILE_SCOPES: readonly Scope[] = ["files"];
const ANY_SCOPES: readonly Scope[] = ["messages", "batches", "files"];

const read = (name: string, scopes: readonly Scope[], dialect: Look["dialect"] = "claude"): Route => ({
  name,
  dialect,
  body: "none",
  limit: undefined,
  once: false,
  scopes,
});
const write = (name: string, scopes: readonly Scope[], more: Partial<Route> = {}): Route => ({
  name,
  dialect: "claude",
  body: "any",
  limit: undefined,
  once: true,
  scopes,
  ...more,
});
const ask = (name: string, dialect: Look["dialect"]): Route => ({
  name,
  dialect,
  body: "model",
  limit: undefined,
  once: false,
  scopes: MESSAGE_SCOPES,
});

const MESSAGES = ask("messages", "claude");

const ENTRIES: readonly Entry[] = [
  entry("/v1/messages/count_tokens", { POST: ask("count_tokens", "claude") }),
  entry("/v1/messages/batches", {
    GET: read("batches", BATCH_SCOPES),
    POST: write("batches", BATCH_SCOPES, { limit: BATCH_LIMIT }),
  }),
  entry(`/v1/messages/batches/${ID}`, {
    GET: read("batches", BATCH_SCOPES),
    DELETE: write("batches", BATCH_SCOPES, { body: "none" }),
  }),
  entry(`/v1/messages/batches/${ID}/cancel`, { POST: write("batches", BATCH_SCOPES) }),
  entry(`/v1/messages/batches/${ID}/results`, { GET: read("batch_results", BATCH_SCOPES, "plain") }),
  entry("/v1/models", { GET: read("models", ANY_SCOPES) }),
  entry(`/v1/models/${ID}`, { GET: read("models", ANY_SCOPES) }),
  entry("/v1/files", { GET: read("files", FILE_SCOPES), POST: write("files", FILE_SCOPES, { limit: FILE_LIMIT }) }),
  entry(`/v1/files/${ID}`, { GET: read("files", FILE_SCOPES), DELETE: write("files", FILE_SCOPES, { body: "none" }) }),
  entry(`/v1/files/${ID}/content`, { GET: read("file_content", FILE_SCOPES, "plain") }),
  entry("/v1/complete", { POST: ask("complete", "plain") }),
  entry("/v1/chat/completions", { POST: ask("chat_completions", "openai") }),
];

/** What a method and path lead to: a route, the methods that there are, or nothing. */
export function findRoute(method: string, path: string): Route | { readonly allowed: string } | undefined {
  if (path === "/v1/messages") return method === "POST" ? MESSAGES : { allowed: "POST" };
  for (const { path: pattern, methods } of ENTRIES) {
    if (!pattern.test(path)) continue;
    const found = methods[method] ?? (method === "HEAD" ? methods.GET : undefined);
    return found ?? { allowed: Object.keys(methods).join(", ") };
  }
  return undefined;
}

/** What somebody who asked for a path that is not there probably wanted. */
export function hintFor(path: string): string {
  if (path.startsWith("/v1/v1/")) return "The path begins with /v1 twice: leave /v1 out of the base URL.";
  if (path === "/messages" || path.startsWith("/messages/"))
    return "The path lacks /v1: add /v1 to the base URL of this client.";
  if (path.startsWith("/v1/streams/")) return "Resuming a stream is not part of this version.";
  if (path === "/metrics") return "Metrics are on the admin address.";
  return "The data plane serves POST /v1/messages, /v1/messages/count_tokens, /v1/messages/batches, /v1/files, /v1/models, /v1/complete and /v1/chat/completions.";
}

function entry(path: string, methods: { readonly [method: string]: Route }): Entry {
  return { path: new RegExp(`^${path}$`), methods };
}
