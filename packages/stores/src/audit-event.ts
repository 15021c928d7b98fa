// Audit events as every store gives them back unchanged, so that their hashes hold.

import type { AuditEvent } from "./audit.ts";
import { cleanText } from "./clean-text.ts";
import { StoreError } from "./store-error.ts";

const MAX = 1_000;

/** An event as every database gives it back unchanged, so that its hash holds. Throws `invalid` for what is none. */
export function cleanEvent(event: AuditEvent): AuditEvent {
  if (!Number.isFinite(event.at) || event.at < 0)
    throw new StoreError("invalid", `an audit event happened at ${event.at}: give Unix milliseconds`);
  const detail = event.detail === undefined ? null : JSON.stringify(event.detail);
  if (detail !== null && detail.length > 100_000)
    throw new StoreError("invalid", "the detail of an audit event is longer than 100,000 characters");
  return {
    at: Math.floor(event.at),
    actor: cleanText(event.actor, MAX),
    action: cleanText(event.action, MAX),
    subject: cleanText(event.subject, MAX),
    ...(event.project !== undefined && { project: cleanText(event.project, MAX) }),
    ...(event.from !== undefined && { from: cleanText(event.from, MAX) }),
    ...(detail !== null && { detail: JSON.parse(detail) }),
  };
}
