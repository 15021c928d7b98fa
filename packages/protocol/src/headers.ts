// Headers of the wire: names, look-up in raw lists, retry delays, rate limits.
import { parseHttpDate, parseRfc3339 } from "./dates.ts";

/** Looks a header up by its lower-case name. */
export type GetHeader = (name: string) => string | undefined;

/** Header names, lower case. */
export const HEADER = {
  apiKey: "x-api-key",
  authorization: "authorization",
  version: "anthropic-version",
  beta: "anthropic-beta",
  workspaceId: "anthropic-workspace-id",
  organizationId: "anthropic-organization-id",
  userProfileId: "anthropic-user-profile-id",
  browserAccess: "anthropic-dangerous-direct-browser-access",
  requestId: "request-id",
  retryAfter: "retry-after",
  retryAfterMs: "retry-after-ms",
  shouldRetry: "x-should-retry",
  retryCount: "x-stainless-retry-count",
  clientTimeout: "x-stainless-timeout",
  sessionId: "x-claude-code-session-id",
  agentId: "x-claude-code-agent-id",
  parentAgentId: "x-claude-code-parent-agent-id",
  idempotencyKey: "idempotency-key",
  awsRequestId: "x-amzn-requestid",
  awsErrorType: "x-amzn-errortype",
  azureRequestId: "apim-request-id",
} as const;

/** The two values of `anthropic-version` in use (protocol reference 0.2). */
export const API_VERSIONS = ["2023-06-01", "2026-10-21"] as const;

/**
 * Headers that belong to one connection and must not be forwarded (RFC 9110 7.6.1, and what older programs send).
 * Names that a `connection` header lists belong to it as well. Lower case.
 */
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The longest delay a timer can hold, and the most that SDKs accept: 2^31 - 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * How long the answer asks to wait, in milliseconds, by `retry-after-ms`, then `retry-after` as seconds (fractions too),
 * then as an HTTP-date measured against the answer's own `date` header, so that a wrong clock of ours does not matter;
 * without one, against `nowWallMs`. Undefined when there is none, or it is negative, beyond 2^31 - 1 ms, or garbage.
 * 0 comes back as 0; SDKs ignore a 0.
 */
export function retryAfterMs(get: GetHeader, nowWallMs: number): number | undefined {
  const inMs = delay(get(HEADER.retryAfterMs), 1);
  if (inMs !== undefined) return inMs;
  const raw = get(HEADER.retryAfter)?.trim();
  if (raw === undefined || raw === "") return undefined;
  const inSeconds = delay(raw, 1000);
  if (inSeconds !== undefined) return inSeconds;
  const until = parseHttpDate(raw);
  if (until === undefined) return undefined;
  const answered = get("date");
  const ms = until - ((answered === undefined ? undefined : parseHttpDate(answered.trim())) ?? nowWallMs);
  return ms >= 0 && ms <= MAX_DELAY_MS ? ms : undefined;
}

function delay(raw: string | undefined, factor: number): number | undefined {
  const text = raw?.trim();
  if (text === undefined || !/^\d+(?:\.\d*)?$|^\.\d+$/.test(text)) return undefined;
  const ms = Number(text) * factor;
  return ms <= MAX_DELAY_MS ? ms : undefined;
}

/** One limit as told by the answer. */
export interface RateLimit {
  readonly limit?: number;
  /** What is left; tokens are rounded to thousands and lag behind concurrent requests. */
  readonly remaining?: number;
  /** When it is full again, Unix milliseconds. */
  readonly resetMs?: number;
}

/** Every limit the answer told of; kinds it did not tell of are absent. */
export interface RateLimits {
  readonly requests?: RateLimit;
  /** The most restrictive token limit in force. */
  readonly tokens?: RateLimit;
  readonly inputTokens?: RateLimit;
  readonly outputTokens?: RateLimit;
  readonly priorityInputTokens?: RateLimit;
  readonly priorityOutputTokens?: RateLimit;
  readonly fastInputTokens?: RateLimit;
  readonly fastOutputTokens?: RateLimit;
}

/** The header prefix of each kind of limit; `-limit`, `-remaining` and `-reset` follow. */
export const RATE_LIMIT_HEADERS: Readonly<Record<keyof RateLimits, string>> = {
  requests: "anthropic-ratelimit-requests",
  tokens: "anthropic-ratelimit-tokens",
  inputTokens: "anthropic-ratelimit-input-tokens",
  outputTokens: "anthropic-ratelimit-output-tokens",
  priorityInputTokens: "anthropic-priority-input-tokens",
  priorityOutputTokens: "anthropic-priority-output-tokens",
  fastInputTokens: "anthropic-fast-input-tokens",
  fastOutputTokens: "anthropic-fast-output-tokens",
};

const KINDS = (Object.keys(RATE_LIMIT_HEADERS) as (keyof RateLimits)[]).map((kind) => {
  const prefix = RATE_LIMIT_HEADERS[kind];
  return { kind, limit: `${prefix}-limit`, remaining: `${prefix}-remaining`, reset: `${prefix}-reset` };
});

/** Reads the rate-limit headers. Values that are no number or date are absent. */
export function readRateLimits(get: GetHeader): RateLimits {
  const limits: { -readonly [K in keyof RateLimits]: RateLimits[K] } = {};
  for (const names of KINDS) {
    const limit = whole(get(names.limit));
    const remaining = whole(get(names.remaining));
    const reset = get(names.reset);
    const resetMs = reset === undefined ? undefined : parseRfc3339(reset.trim());
    if (limit === undefined && remaining === undefined && resetMs === undefined) continue;
    limits[names.kind] = { limit, remaining, resetMs };
  }
  return limits;
}

function whole(raw: string | undefined): number | undefined {
  const text = raw?.trim();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The values of `anthropic-beta`, from all occurrences of the header, in order, empty ones dropped. */
export function readBetas(values: readonly string[]): string[] {
  const betas: string[] = [];
  for (const value of values) {
    for (const part of value.split(",")) {
      const beta = part.trim();
      if (beta !== "") betas.push(beta);
    }
  }
  return betas;
}

/** The first value of a header in a flat list [name, value, name, value, …], whatever the case of the names there. */
export function rawGet(raw: readonly string[], lowerName: string): string | undefined {
  const at = find(raw, lowerName, 0);
  return at < 0 ? undefined : raw[at + 1];
}

/** All values of a header in a flat list, in order. */
export function rawAll(raw: readonly string[], lowerName: string): string[] {
  const values: string[] = [];
  for (let at = find(raw, lowerName, 0); at >= 0; at = find(raw, lowerName, at + 2)) values.push(raw[at + 1] ?? "");
  return values;
}

function find(raw: readonly string[], lowerName: string, from: number): number {
  for (let i = from; i + 1 < raw.length; i += 2) {
    const name = raw[i] as string;
    if (name.length === lowerName.length && (name === lowerName || name.toLowerCase() === lowerName)) return i;
  }
  return -1;
}
