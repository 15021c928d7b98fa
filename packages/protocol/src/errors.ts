// The error table of the Messages API, and how an error body is printed.

/** The error types of the API. The set is open: an unknown one is to be judged by its status. */
export type ErrorType =
  | "invalid_request_error"
  | "authentication_error"
  | "billing_error"
  | "permission_error"
  | "not_found_error"
  | "conflict_error"
  | "request_too_large"
  | "rate_limit_error"
  | "timeout_error"
  | "api_error"
  | "overloaded_error"
  | "memory_precondition_failed_error"
  | "memory_path_conflict_error"
  | (string & {});

/** One row of the error table. */
export interface ErrorRow {
  readonly status: number;
  /** Absent where the status comes from a proxy or an edge, with a body of its own. */
  readonly type?: ErrorType;
  readonly meaning: string;
  /** Whether the official SDKs send the request again by themselves (SDK 1.11.0 `shouldRetry`). */
  readonly sdkRetries: boolean;
}

/** Status and error type, as the API pairs them (protocol reference 2.2). The first row of a status is its usual one. */
export const ERRORS: readonly ErrorRow[] = [
  {
    status: 400,
    type: "invalid_request_error",
    meaning: "The request is malformed, or a spend limit set by the user is reached.",
    sdkRetries: false,
  },
  { status: 401, type: "authentication_error", meaning: "The key or token is wrong or expired.", sdkRetries: false },
  { status: 402, type: "billing_error", meaning: "There is a problem with the payment.", sdkRetries: false },
  { status: 403, type: "permission_error", meaning: "The key may not use this resource or model.", sdkRetries: false },
  {
    status: 403,
    type: "forbidden",
    meaning: "Requests from this place are not served; the edge says so before any key is read.",
    sdkRetries: false,
  },
  { status: 404, type: "not_found_error", meaning: "There is no such path, model or resource.", sdkRetries: false },
  { status: 408, type: "timeout_error", meaning: "The request took too long to arrive.", sdkRetries: true },
  {
    status: 409,
    type: "conflict_error",
    meaning: "Something changed the resource at the same time.",
    sdkRetries: true,
  },
  { status: 409, type: "memory_path_conflict_error", meaning: "A memory path is taken.", sdkRetries: true },
  {
    status: 412,
    type: "memory_precondition_failed_error",
    meaning: "A memory changed since it was read.",
    sdkRetries: false,
  },
  { status: 413, type: "request_too_large", meaning: "The request has more bytes than the limit.", sdkRetries: false },
  {
    status: 422,
    type: "invalid_request_error",
    meaning: "The request is understood, but cannot be processed.",
    sdkRetries: false,
  },
  { status: 424, type: "api_error", meaning: "The model failed (Bedrock).", sdkRetries: false },
  {
    status: 429,
    type: "rate_limit_error",
    meaning: "A rate limit, an acceleration limit or a spend cap is reached.",
    sdkRetries: true,
  },
  { status: 431, type: "invalid_request_error", meaning: "The headers are too large.", sdkRetries: false },
  { status: 499, meaning: "The client left.", sdkRetries: false },
  { status: 500, type: "api_error", meaning: "The API failed inside.", sdkRetries: true },
  { status: 501, type: "api_error", meaning: "Not implemented there.", sdkRetries: true },
  { status: 502, type: "api_error", meaning: "A proxy or the edge got no good answer.", sdkRetries: true },
  { status: 503, type: "api_error", meaning: "The service, or a key it needs, is unavailable.", sdkRetries: true },
  { status: 504, type: "timeout_error", meaning: "Processing took too long; streaming avoids that.", sdkRetries: true },
  { status: 520, meaning: "The edge got an answer it does not understand.", sdkRetries: true },
  { status: 521, meaning: "The edge was refused by the origin.", sdkRetries: true },
  { status: 522, meaning: "The edge could not connect to the origin in time.", sdkRetries: true },
  { status: 523, meaning: "The edge found no way to the origin.", sdkRetries: true },
  { status: 524, meaning: "The origin did not answer the edge in time.", sdkRetries: true },
  {
    status: 529,
    type: "overloaded_error",
    meaning: "The API is overloaded, for all users of the model.",
    sdkRetries: true,
  },
];

/** The usual status of each type; where a type has several, the one that the API sends (`timeout_error` is 504). */
const STATUS_OF_TYPE: ReadonlyMap<string, number> = new Map([
  ...ERRORS.flatMap((row): [string, number][] => (row.type === undefined ? [] : [[row.type, row.status]])).reverse(),
  ["timeout_error", 504],
  ["api_error", 500],
]);

/**
 * The status that an error type stands for. Needed for errors inside a 200 stream, where only the type is left
 * (protocol reference 2.6). Undefined for an unknown type.
 */
export function statusOfType(type: string): number | undefined {
  return STATUS_OF_TYPE.get(type);
}

/** The error type to print for a status: the table's, else `api_error` from 500 on and `invalid_request_error` below. */
export function typeOfStatus(status: number): ErrorType {
  const row = ERRORS.find((one) => one.status === status && one.type !== undefined);
  return row?.type ?? (status >= 500 ? "api_error" : "invalid_request_error");
}

/** Whether the official SDKs send again after this status, `x-should-retry` aside: 408, 409, 429 and 500 up. */
export function sdkRetriesStatus(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** What an error body may carry besides type and message. */
export interface ErrorBodyOptions {
  /** The stable machine code, printed as `error.details.error_code`. */
  readonly errorCode?: string;
  /** Attempts that were made before it was told, printed as `error.details.attempts`. */
  readonly attempts?: number;
  /** The id of the request, printed as `request_id`. */
  readonly requestId?: string;
}

/**
 * Prints an error in the API's envelope, as JSON on one line. The same text is a legal data line of an SSE `error` event.
 */
export function errorBody(type: ErrorType, message: string, options: ErrorBodyOptions = {}): string {
  const { errorCode, attempts } = options;
  const details = errorCode === undefined && attempts === undefined ? undefined : { error_code: errorCode, attempts };
  return JSON.stringify({ type: "error", error: { type, message, details }, request_id: options.requestId });
}
