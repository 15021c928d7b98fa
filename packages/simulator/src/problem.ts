// A refusal in the API's own terms: status, error type, message, and what goes with it.

/** Error types that the Messages API documents (protocol.md 2.1, 2.2). */
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
  | "overloaded_error";

/** What the simulator answers instead of a message. A value, not an exception. */
export interface Problem {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  /** `details` of the envelope, e.g. `{error_code: "ramp_limit_exceeded"}`. Absent: no `details` key at all. */
  readonly details?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** A 400 `invalid_request_error`; `code` becomes `details.error_code`. */
export function invalid(message: string, code?: string): Problem {
  return {
    status: 400,
    type: "invalid_request_error",
    message,
    ...(code === undefined ? {} : { details: { error_code: code } }),
  };
}

/** A 404 `not_found_error`. */
export function notFound(message: string): Problem {
  return { status: 404, type: "not_found_error", message };
}

/** The Anthropic error envelope as JSON text (protocol.md 2.1). */
export function envelope(problem: Pick<Problem, "type" | "message" | "details">, requestId: string): string {
  const error: Record<string, unknown> = { type: problem.type, message: problem.message };
  if (problem.details !== undefined) error.details = problem.details;
  return JSON.stringify({ type: "error", error, request_id: requestId });
}

/** The envelope of the OpenAI face. */
export function openaiEnvelope(problem: Pick<Problem, "type" | "message">): string {
  return JSON.stringify({ error: { message: problem.message, type: problem.type, param: null, code: null } });
}

/** The status that an error type has when it is not sent inside a stream (protocol.md 2.6). */
export function statusOf(type: string): number {
  switch (type) {
    case "authentication_error":
      return 401;
    case "billing_error":
      return 402;
    case "permission_error":
      return 403;
    case "not_found_error":
      return 404;
    case "conflict_error":
      return 409;
    case "request_too_large":
      return 413;
    case "rate_limit_error":
      return 429;
    case "timeout_error":
      return 504;
    case "overloaded_error":
      return 529;
    case "invalid_request_error":
      return 400;
    default:
      return 500;
  }
}
