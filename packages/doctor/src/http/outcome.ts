// What an answer says about the credential that was sent with it.

import type { Exchanged } from "../facts/http.ts";

/** AWS exceptions that mean: I do not know who you are. Everything else was said to somebody known. */
const UNKNOWN_CALLER =
  /^(?:UnrecognizedClientException|InvalidClientTokenId|ExpiredToken(?:Exception)?|InvalidSignatureException|SignatureDoesNotMatch|MissingAuthenticationToken(?:Exception)?|IncompleteSignature(?:Exception)?|RequestExpired)$/;

/** Accepted, rejected, or nothing known. Decided by the words, the number only where a gateway has no words. */
export function credentialOutcome(one: Exchanged): "accepted" | "rejected" | "unclear" {
  const { status, author, errorType = "", errorMessage = "" } = one;
  if (status === undefined || status >= 500 || one.bodyKind === "html" || one.cut !== undefined) return "unclear";
  if (status >= 200 && status < 300) return "accepted";
  if (author === "aws") {
    if (
      UNKNOWN_CALLER.test(errorType) ||
      /security token included in the request|Authentication failed|API Key/i.test(errorMessage)
    )
      return "rejected";
    return status === 404 ? "unclear" : "accepted";
  }
  if (author === "google") return errorType === "UNAUTHENTICATED" ? "rejected" : "accepted";
  if (author === "anthropic-edge" || author === "cloudflare" || author === "proxy" || author === "captive-portal")
    return "unclear";
  if (errorType === "authentication_error" || status === 401) return "rejected";
  if (
    /organization has been disabled|OAuth authentication is (?:currently )?not (?:supported|allowed)/i.test(
      errorMessage,
    )
  )
    return "rejected";
  if (author === "anthropic-api" && status !== 404) return "accepted";
  return status === 429 || errorType === "permission_error" ? "accepted" : "unclear";
}
