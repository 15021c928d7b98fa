// Errors that mean something else than their status: spend limits, full contexts, refused places, refused features.
//
// Status, type and code are asked first. Wording may change at any time, so it decides only where nothing else can
// (protocol reference 2.4, 2.5, 2.7 and 7.3).
import type { ErrorDialect } from "./error-body.ts";

/** What is known of an error; a part that is not known is left out. `status` is undefined for an error in a stream. */
export interface ErrorFacts {
  readonly status?: number;
  readonly type?: string;
  readonly code?: string;
  readonly message?: string;
  readonly dialect?: ErrorDialect;
}

const SPEND_CODES: ReadonlySet<string> = new Set([
  "enforced_spend_limit_reached",
  "contract_spend_limit_reached",
  "linked_organization_spend_limit_reached",
  "linked_organization_billing_unavailable",
]);

/**
 * Whether money ran out: a spend cap, an empty credit balance, a payment problem. It looks like a rate limit (429) or a
 * bad request (400), but no retry on the same account helps; another account's limit may have room.
 */
export function isSpendLimit(facts: ErrorFacts): boolean {
  if (facts.code !== undefined && SPEND_CODES.has(facts.code)) return true;
  if (facts.type === "billing_error" || facts.status === 402) return true;
  return (
    statusIn(facts, [400, 403, 429]) &&
    /reached your (?:\w+ ){0,3}API usage limits|crossed its monthly API usage threshold|credit balance is too low|spend limit reached/i.test(
      facts.message ?? "",
    )
  );
}

/** Whether the prompt has more tokens than the model takes. Clients compact on this wording; it must reach them. */
export function isContextTooLong(facts: ErrorFacts): boolean {
  return (
    statusIn(facts, [400, 413]) &&
    /prompt is too long|Input is too long for requested model|input length and `?max_tokens`? exceed context limit|capability_rejected: prompt_too_long/i.test(
      facts.message ?? "",
    )
  );
}

/** Whether the body has more bytes than the limit (not: more tokens). */
export function isBodyTooLarge(facts: ErrorFacts): boolean {
  return facts.type === "request_too_large" || (facts.status === 413 && !isContextTooLong(facts));
}

/**
 * Whether the place the request comes from is not served. Final by policy: not to be retried, nor sent through another
 * account or upstream.
 */
export function isRegionBlocked(facts: ErrorFacts): boolean {
  if (facts.dialect === "edge-forbidden") return true;
  return (
    statusIn(facts, [400, 403]) &&
    /not allowed from unsupported countries, regions,? or territories/i.test(facts.message ?? "")
  );
}

/** Whether usage rose too fast (429 below the limits); a slower ramp helps. */
export function isRampLimit(facts: ErrorFacts): boolean {
  return facts.code === "ramp_limit_exceeded";
}

/** Whether a quota that waiting does not lift is used up (Bedrock's ServiceQuotaExceededException). */
export function isServiceQuota(facts: ErrorFacts): boolean {
  return facts.type === "ServiceQuotaExceededException";
}

/** Whether the model refuses an assistant message at the end (4.6 and later). */
export function isPrefillRejected(facts: ErrorFacts): boolean {
  return statusIn(facts, [400]) && /does not support assistant message prefill/i.test(facts.message ?? "");
}

/**
 * Whether a thinking block was refused: its signature belongs to another model, prefix or organisation, or it was
 * changed. Happens when a conversation moves to another account (protocol reference 9.3).
 */
export function isThinkingBlockRejected(facts: ErrorFacts): boolean {
  return (
    statusIn(facts, [400]) &&
    /Invalid `?signature`? in `?thinking`? block|`?thinking`? or `?redacted_thinking`? blocks in the latest assistant message cannot be modified/i.test(
      facts.message ?? "",
    )
  );
}

/** Whether the model or build does not take this `thinking.type`. */
export function isThinkingModeRejected(facts: ErrorFacts): boolean {
  return (
    statusIn(facts, [400]) &&
    /"?thinking\.type\.\w+"? is not supported for this model|adaptive thinking is not supported|Input tag 'adaptive' found/i.test(
      facts.message ?? "",
    )
  );
}

/** Whether a beta value is unknown to the upstream (first party, or Bedrock). */
export function isUnknownBeta(facts: ErrorFacts): boolean {
  return (
    statusIn(facts, [400]) &&
    /Unexpected value\(s\)[\s\S]*for the `?anthropic-beta`? header|invalid beta flag|capability_rejected: beta_header/i.test(
      facts.message ?? "",
    )
  );
}

/** Whether a body field was sent that the upstream does not know, often for want of its beta header. */
export function isUnknownField(facts: ErrorFacts): boolean {
  return statusIn(facts, [400]) && /Extra inputs are not permitted/i.test(facts.message ?? "");
}

/** Whether a message thread cannot be continued here; the client must send the whole history (reference 9.4). */
export function isThreadLost(facts: ErrorFacts): boolean {
  return facts.code?.startsWith("thread_") === true;
}

/** An error without a status came inside a stream, where any of them may be meant. */
function statusIn(facts: ErrorFacts, statuses: readonly number[]): boolean {
  return facts.status === undefined || statuses.includes(facts.status);
}
