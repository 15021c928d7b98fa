// A call of fetch as the engine sees it: the address, the headers, the body, and a look at what it asks for.

import { cacheWishOf, type Exchange, type Look, newTally, PRIORITIES, type Priority } from "@fairlead/engine";
import { HEADER, scanBody } from "@fairlead/protocol";
import { newId, type Runtime, Signal } from "@fairlead/runtime";
import { type BodySource, readBody } from "./body.ts";
import { HOP_HEADERS } from "./gateway-hop.ts";

/** A call of fetch. */
export interface Incoming {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Buffer | null;
  readonly signal: AbortSignal | undefined;
}

/** Normalises what fetch was called with. Rejects with what fetch would: a TypeError, or the signal's reason. */
export async function readCall(
  input: string | URL | Request,
  init: RequestInit | undefined,
  maxBody: number,
): Promise<Incoming> {
  const request = typeof input === "object" && !(input instanceof URL) ? input : undefined;
  const text = request === undefined ? String(input) : request.url;
  if (!URL.canParse(text)) throw new TypeError(`Failed to parse URL from ${text}`);
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw new TypeError("Request cannot be constructed from a URL that includes credentials");
  }
  const signal = init?.signal ?? request?.signal ?? undefined;
  signal?.throwIfAborted();
  const method = (init?.method ?? request?.method ?? "GET").toUpperCase();
  const headers = new Headers(init?.headers ?? request?.headers);
  const source = init?.body ?? (init?.body === null ? null : request?.body);
  if ((method === "GET" || method === "HEAD") && source !== null && source !== undefined) {
    throw new TypeError("Request with GET/HEAD method cannot have body.");
  }
  const { bytes, type } = await readBody(source as BodySource, maxBody, signal);
  signal?.throwIfAborted();
  if (type !== undefined && !headers.has("content-type")) headers.set("content-type", type);
  if (!headers.has("accept")) headers.set("accept", "*/*");
  // Answers are read on their way and handed on as they come: they must not be compressed.
  headers.delete("accept-encoding");
  return { url, method, headers, body: bytes, signal };
}

/** An exchange for the call. Its Signal is bound to the caller's AbortSignal by whoever runs it. */
export function exchangeOf(call: Incoming, rt: Runtime, priority: Priority = "interactive"): Exchange {
  const path = call.url.pathname + call.url.search;
  const look = lookAt(call.method, call.url.pathname, call.body);
  const headers: string[] = [];
  for (const [name, value] of call.headers) if (!HOP_HEADERS.has(name)) headers.push(name, value);
  return {
    id: newId(rt.random, "req_fl_"),
    attempt: 0,
    method: call.method,
    path,
    headers,
    body: call.body,
    look,
    principal: undefined,
    signal: new Signal(),
    deadline: rt.clock.now() + callerTimeout(call.headers.get(HEADER.clientTimeout)),
    // What is asked with GET or HEAD, or put to a model, may be asked again; anything else may have had its effect.
    once: look.dialect === "plain" && call.method !== "GET" && call.method !== "HEAD",
    callerRetries: count(call.headers.get(HEADER.retryCount)),
    target: undefined,
    priority: PRIORITIES.find((one) => one === call.headers.get("fairlead-priority")) ?? priority,
    tally: newTally(),
    tried: [],
    idempotencyKey: (call.headers.get(HEADER.idempotencyKey) ?? call.headers.get("x-idempotency-key")) || undefined,
    cache: cacheWishOf(call.headers.get("fairlead-cache")),
    traced: (call.headers.get("fairlead-trace") ?? "0") !== "0",
  };
}

const CLAUDE = /\/v1\/messages(\/count_tokens)?\/?$/;
const OPENAI = /\/chat\/completions\/?$/;

/** Which dialect a request speaks, and what its body says about itself. */
export function lookAt(method: string, pathname: string, body: Buffer | null): Look {
  const dialect =
    method !== "POST" ? "plain" : CLAUDE.test(pathname) ? "claude" : OPENAI.test(pathname) ? "openai" : "plain";
  const scan = body === null || dialect === "plain" ? undefined : scanBody(body);
  // What is no JSON goes out all the same: saying so is the API's business here.
  if (scan === undefined || !scan.ok) {
    return { dialect, model: undefined, modelSpans: [], stream: false, maxTokens: undefined, userId: undefined };
  }
  const { model, modelSpans, stream, maxTokens, userId } = scan;
  return { dialect, model, modelSpans, stream, maxTokens, userId };
}

/** No time-out in seconds is longer than a day; the gateway reads it so too. */
const DAY_SECONDS = 86_400;

/** Milliseconds of `x-stainless-timeout`: seconds in today's SDKs, milliseconds in those before 0.40 (600000). */
function callerTimeout(header: string | null): number {
  const told = Number(header);
  if (!(told > 0)) return Number.POSITIVE_INFINITY;
  return told > DAY_SECONDS ? told : told * 1_000;
}

function count(header: string | null): number {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : 0;
}
