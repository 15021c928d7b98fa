// One pass over a request's raw headers: what the edge needs of them, what hides in them, and what travels on.

import { type CacheWish, cacheWishOf, type Priority, priorityOf } from "@fairlead/engine";

/** What was found in the headers. */
export interface RequestHead {
  /** Names and values that travel on: no hop-by-hop headers, no credentials, no host, no length, nothing of ours. */
  readonly headers: string[];
  apiKey: string | undefined;
  authorization: string | undefined;
  contentType: string | undefined;
  contentLength: number | undefined;
  contentEncoding: string | undefined;
  hosts: number;
  host: string;
  /** x-stainless-retry-count: how often this caller has tried before. */
  callerRetries: number;
  /** fairlead-attempt: attempts that a client of ours has made already; ours go on counting from there. */
  attempt: number;
  /** x-stainless-timeout in milliseconds. */
  timeoutMs: number | undefined;
  /** fairlead-priority: how urgent it is. */
  priority: Priority;
  /** fairlead-cache: what the caller says about the cache. */
  cache: CacheWish | undefined;
  /** idempotency-key or x-idempotency-key: the caller's name for the request; empty when it gave two. */
  idempotencyKey: string | undefined;
  /** fairlead-trace: the caller wants to be told what was done. */
  trace: boolean;
  /** fairlead-draining: close. A balancer would rather have no answer than a 503 of an instance that is leaving. */
  closeOnDrain: boolean;
  /** Duplicated headers that must be single, by name. */
  doubled: string | undefined;
  /** The body comes in chunks. */
  chunked: boolean;
  /** A transfer-encoding other than one plain `chunked`: two readers could see two lengths in it. */
  oddEncoding: boolean;
}

/** Some SDKs send their time-out in milliseconds where others send seconds; nobody waits longer than a day. */
const DAY_SECONDS = 86_400;

/** Reads node's flat list of raw headers. */
export function requestHead(raw: readonly string[]): RequestHead {
  const head: RequestHead = {
    headers: [],
    apiKey: undefined,
    authorization: undefined,
    contentType: undefined,
    contentLength: undefined,
    contentEncoding: undefined,
    hosts: 0,
    host: "",
    callerRetries: 0,
    attempt: 0,
    timeoutMs: undefined,
    priority: "interactive",
    cache: undefined,
    idempotencyKey: undefined,
    trace: false,
    closeOnDrain: false,
    doubled: undefined,
    chunked: false,
    oddEncoding: false,
  };
  const { headers } = head;
  let nominated: string | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] as string;
    const value = raw[i + 1] as string;
    switch (name.length) {
      case 2:
        if (name.toLowerCase() === "te") continue;
        break;
      case 4:
        if (name.toLowerCase() === "host") {
          head.hosts += 1;
          head.host = value;
          continue;
        }
        break;
      case 6:
        if (name.toLowerCase() === "expect") continue;
        break;
      case 7: {
        const lower = name.toLowerCase();
        if (lower === "trailer" || lower === "upgrade") continue;
        break;
      }
      case 9:
        if (name.toLowerCase() === "x-api-key") {
          if (head.apiKey !== undefined && head.apiKey !== value) head.doubled = "x-api-key";
          head.apiKey = value;
          continue;
        }
        break;
      case 10: {
        const lower = name.toLowerCase();
        if (lower === "keep-alive") continue;
        if (lower === "connection") {
          if (value !== "keep-alive" && value !== "close") nominated = `${nominated ?? ""},${value}`;
          continue;
        }
        break;
      }
      case 12:
        if (name.toLowerCase() === "content-type") {
          if (head.contentType !== undefined && head.contentType !== value) head.doubled = "content-type";
          head.contentType = value;
        }
        break;
      case 13:
        if (name.toLowerCase() === "authorization") {
          if (head.authorization !== undefined && head.authorization !== value) head.doubled = "authorization";
          head.authorization = value;
          continue;
        }
        break;
      case 14:
        if (name.toLowerCase() === "content-length") {
          head.contentLength = Number(value);
          continue;
        }
        break;
      case 15:
        if (name.toLowerCase() === "idempotency-key") named(head, value);
        break;
      case 16: {
        const lower = name.toLowerCase();
        if (lower === "content-encoding") {
          if (head.contentEncoding !== undefined && head.contentEncoding !== value) head.doubled = "content-encoding";
          head.contentEncoding = value;
        } else if (lower === "proxy-connection") continue;
        break;
      }
      case 17:
        if (name.toLowerCase() === "transfer-encoding") {
          head.oddEncoding = head.chunked || value.toLowerCase() !== "chunked";
          head.chunked = true;
          continue;
        }
        if (name.toLowerCase() === "x-idempotency-key") named(head, value);
        break;
      case 18:
        if (name.toLowerCase() === "proxy-authenticate") continue;
        break;
      case 19: {
        const lower = name.toLowerCase();
        if (lower === "proxy-authorization") continue;
        if (lower === "x-stainless-timeout") {
          const seconds = Number(value);
          if (seconds > 0) sooner(head, seconds > DAY_SECONDS ? seconds : seconds * 1_000);
        }
        break;
      }
      case 23:
        if (name.toLowerCase() === "x-stainless-retry-count")
          head.callerRetries = Math.max(head.callerRetries, Math.trunc(Number(value)) || 0);
        break;
      default:
    }
    if (ownOf(name, value, head)) continue;
    headers.push(name, value);
  }
  if (nominated !== undefined) leaveOut(headers, nominated);
  return head;
}

/**
 * Headers of ours, which stay here: `fairlead-priority`, `fairlead-cache`, `fairlead-trace`, `fairlead-draining` of a balancer, and what
 * our client tells of its own attempts: `fairlead-attempt` (0 for the first) and `fairlead-deadline` (milliseconds that are left).
 */
function ownOf(name: string, value: string, head: RequestHead): boolean {
  const first = name.charCodeAt(0) | 0x20;
  if (first !== 0x66 || name.length < 13 || !/^fairlead-/i.test(name)) return false;
  switch (name.toLowerCase()) {
    case "fairlead-priority":
      head.priority = priorityOf(value.trim().toLowerCase());
      break;
    case "fairlead-cache":
      head.cache = cacheWishOf(value.trim().toLowerCase());
      break;
    case "fairlead-trace":
      head.trace = value.trim() !== "0";
      break;
    case "fairlead-draining":
      head.closeOnDrain = value.trim().toLowerCase() === "close";
      break;
    case "fairlead-attempt":
      head.attempt = /^\d{1,4}$/.test(value.trim()) ? Number(value) : 0;
      head.callerRetries = Math.max(head.callerRetries, head.attempt);
      break;
    case "fairlead-deadline": {
      const ms = Number(value);
      if (ms > 0) sooner(head, ms);
      break;
    }
    default:
      return false;
  }
  return true;
}

/** An empty name is none. */
function named(head: RequestHead, value: string): void {
  const key = value.trim();
  if (key === "") return;
  // Two different names are none: the request travels on as it is, and is joined with no other.
  head.idempotencyKey = head.idempotencyKey === undefined || head.idempotencyKey === key ? key : "";
}

/** Of several time-outs the shortest holds. */
function sooner(head: RequestHead, ms: number): void {
  head.timeoutMs = Math.min(head.timeoutMs ?? Number.POSITIVE_INFINITY, ms);
}

/** Takes out the headers that a connection header names: they concern this hop only (RFC 9110 7.6.1). */
function leaveOut(headers: string[], nominated: string): void {
  const names = new Set(nominated.split(",").map((name) => name.trim().toLowerCase()));
  let to = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (names.has((headers[i] as string).toLowerCase())) continue;
    headers[to++] = headers[i] as string;
    headers[to++] = headers[i + 1] as string;
  }
  headers.length = to;
}
