// Every error of Fairlead's own: one table of code, verdict, HTTP status, error type and the sentence with the fix.

import { at, type CodeRow } from "./code-row.ts";
import { IDENTITY_CODES } from "./identity-codes.ts";

export type { CodeRow } from "./code-row.ts";

const FINAL = true;

/** All codes, by name. They travel in `error.details.error_code` as `fairlead_<name>`. */
export const CODES = {
  ...IDENTITY_CODES,
  not_found: at(404, "not_found_error", "refused-here", "There is no {method} {path} here. {hint}", FINAL),
  method_not_allowed: at(
    405,
    "invalid_request_error",
    "refused-here",
    "{path} answers {allowed}, not {method}.",
    FINAL,
  ),
  bad_request: at(400, "invalid_request_error", "caller-fault", "The HTTP request is malformed: {reason}", FINAL),
  bad_json: at(
    400,
    "invalid_request_error",
    "caller-fault",
    "The request body is not a JSON object: {reason} (byte {at}).",
    FINAL,
  ),
  bad_field: at(400, "invalid_request_error", "caller-fault", "{field}: {reason}", FINAL),
  bad_content_type: at(
    415,
    "invalid_request_error",
    "caller-fault",
    "The request body must be sent with content-type: application/json; got {got}.",
    FINAL,
  ),
  body_encoded: at(
    415,
    "invalid_request_error",
    "caller-fault",
    "The request body came with content-encoding {got}. Send it uncompressed: this gateway passes bytes on as they are and must read the model name in them.",
    FINAL,
  ),
  body_too_large: at(
    413,
    "request_too_large",
    "caller-fault",
    "The request body is larger than {limit}. Send less, or upload documents by the Files API.",
    FINAL,
  ),
  body_timeout: at(
    408,
    "invalid_request_error",
    "caller-fault",
    "The request body stopped arriving for {seconds} s. Check the uplink between client and gateway.",
    !FINAL,
  ),
  header_timeout: at(
    408,
    "invalid_request_error",
    "caller-fault",
    "The request headers did not arrive in time.",
    !FINAL,
  ),
  headers_too_large: at(
    431,
    "invalid_request_error",
    "caller-fault",
    "The request headers are larger than {limit}. Remove headers or cookies.",
    FINAL,
  ),
  expectation: at(
    417,
    "invalid_request_error",
    "caller-fault",
    "Only `Expect: 100-continue` is understood; got {got}.",
    FINAL,
  ),
  too_busy: at(
    529,
    "overloaded_error",
    "refused-here",
    "This gateway holds as many requests as it can ({limit} MB of bodies). Try again shortly.",
    !FINAL,
  ),
  draining: at(
    503,
    "api_error",
    "refused-here",
    "This gateway is shutting down and takes no new requests. Try again: another instance, or this one after its restart, will answer.",
    !FINAL,
  ),
  no_upstream: at(
    404,
    "not_found_error",
    "refused-here",
    "No upstream serves the model {model}. Add a rule for it under `models` in fairlead.yaml.",
    FINAL,
  ),
  upstream_open: at(
    529,
    "overloaded_error",
    "overloaded",
    "Every upstream for {model} is failing at the moment ({why}). The next probe is in {seconds} s.",
    !FINAL,
  ),
  conversation_bound: at(
    529,
    "overloaded_error",
    "overloaded",
    "The upstream {upstream} is failing at the moment, and this conversation cannot go elsewhere: {why}. Try again in {seconds} s, or begin a new conversation.",
    !FINAL,
  ),
  upstream_limited: at(
    429,
    "rate_limit_error",
    "rate-limited",
    "Every upstream for {model} has asked to be left alone for a while (429 with Retry-After). The first is ready in {seconds} s.",
    !FINAL,
  ),
  limits_wait: at(
    429,
    "rate_limit_error",
    "refused-here",
    "The limit of {limit} that this program set itself has no room for {ms} ms, longer than `limits.max_wait` ({max} ms) or the deadline allows. Send less at once, or raise the limit or max_wait.",
    !FINAL,
  ),
  queue_full: at(
    529,
    "overloaded_error",
    "refused-here",
    "The upstreams for {model} have no room, and {waiting} requests wait for it already. Try again in {seconds} s.",
    !FINAL,
  ),
  queue_wait: at(
    529,
    "overloaded_error",
    "refused-here",
    "No room at the upstreams for {model} within {ms} ms. Try again in {seconds} s.",
    !FINAL,
  ),
  join_lagged: at(
    502,
    "api_error",
    "cut",
    "This answer is shared with the same request of another client, and this one read it so slowly that more than {limit} waited for it. What came before this event is incomplete.",
    !FINAL,
  ),
  upstream_parked: at(
    503,
    "api_error",
    "refused-here",
    "Every upstream for {model} is out of use until somebody acts: {why}.",
    FINAL,
  ),
  upstream_out: at(
    503,
    "api_error",
    "refused-here",
    "Every upstream for {model} was taken out of use by whoever runs this gateway: {why}.",
    !FINAL,
  ),
  cancelled: at(
    503,
    "api_error",
    "refused-here",
    "Whoever runs this gateway ended this request. What came before this is incomplete.",
    FINAL,
  ),
  unreachable: at(
    502,
    "api_error",
    "unreachable",
    "The upstream {upstream} could not be reached: {reason}. Run `fairlead doctor` on the gateway's machine.",
    !FINAL,
  ),
  connect_timeout: at(
    504,
    "timeout_error",
    "unreachable",
    "The upstream {upstream} did not accept a connection within {ms} ms.",
    !FINAL,
  ),
  head_timeout: at(
    504,
    "timeout_error",
    "too-slow",
    "The upstream {upstream} sent no response headers within {ms} ms.",
    !FINAL,
  ),
  first_token_timeout: at(
    504,
    "timeout_error",
    "too-slow",
    "The upstream {upstream} produced no content within {ms} ms.",
    !FINAL,
  ),
  idle_timeout: at(504, "timeout_error", "too-slow", "The upstream {upstream} went silent for {ms} ms.", !FINAL),
  connection_stale: at(
    502,
    "api_error",
    "stale",
    "The upstream {upstream} closed a kept-alive connection as the request went out on it: {reason}.",
    !FINAL,
  ),
  cut_early: at(
    502,
    "api_error",
    "cut-early",
    "The connection to the upstream {upstream} ended before the answer began: {reason}.",
    !FINAL,
  ),
  cut: at(
    502,
    "api_error",
    "cut",
    "The answer broke off: {reason}. What came before this event is incomplete.",
    !FINAL,
  ),
  malformed_event: at(
    502,
    "api_error",
    "cut",
    "The upstream {upstream} sent an event that is not JSON. What came before this event is incomplete.",
    !FINAL,
  ),
  frame_too_large: at(
    502,
    "api_error",
    "cut",
    "The upstream {upstream} sent more than {limit} of one event without ending it. What came before this event is incomplete.",
    !FINAL,
  ),
  malformed_answer: at(
    502,
    "api_error",
    "cut-early",
    "The upstream {upstream} sent an answer that is not complete JSON.",
    !FINAL,
  ),
  bad_response: at(
    502,
    "api_error",
    "upstream-fault",
    "The upstream {upstream} broke the HTTP protocol: {reason}.",
    !FINAL,
  ),
  not_the_api: at(
    502,
    "api_error",
    "upstream-fault",
    "Something between here and the upstream {upstream} answered in its place ({got}): a proxy, a captive portal or a wrong base_url.",
    !FINAL,
  ),
  deadline: at(504, "timeout_error", "deadline", "No answer within the {ms} ms that this request had.", !FINAL),
  client_gone: at(499, "api_error", "cancelled", "The client closed the connection.", FINAL),
  internal: at(
    500,
    "api_error",
    "refused-here",
    "Fairlead failed on this request. This is a defect of ours; the log has it under the request id.",
    !FINAL,
  ),
} as const satisfies { readonly [name: string]: CodeRow };

/** Name of a row of the error table. */
export type Code = keyof typeof CODES;

/** The row's message with its `{name}` places filled; a place without a value stays empty. */
export function wordsOf(code: Code, fill: { readonly [name: string]: string | number } = {}): string {
  return CODES[code].message.replace(/\{(\w+)\}/g, (_, name: string) => String(fill[name] ?? "")).trim();
}
