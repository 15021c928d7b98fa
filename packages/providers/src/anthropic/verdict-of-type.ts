// From the words of an error to its verdict, for errors that come without a status of their own.

import type { Verdict } from "@fairlead/engine";
import { isContextTooLong, isSpendLimit } from "@fairlead/protocol";

/** The verdict of an error told inside a stream that had begun with status 200 (protocol reference 2.6). */
export function verdictOfType(type: string, message: string, code?: string): Verdict {
  switch (type) {
    case "overloaded_error":
      return "overloaded";
    case "rate_limit_error":
      return isSpendLimit({ status: 429, type, ...(code === undefined ? {} : { code }), message })
        ? "spend-capped"
        : "rate-limited";
    case "timeout_error":
      return "timed-out";
    case "invalid_request_error":
      return isContextTooLong({ status: 400, message }) ? "too-long" : "caller-fault";
    case "request_too_large":
      return "caller-fault";
    case "authentication_error":
      return "unauthorized";
    case "permission_error":
    case "not_found_error":
      return "model-missing";
    case "billing_error":
      return "spend-capped";
    default:
      return "upstream-fault";
  }
}
