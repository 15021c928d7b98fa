// What every book of identity works with.

import type { Runtime } from "@fairlead/runtime";
import type { Notices, Records } from "@fairlead/stores";
import type { z } from "zod";
import type { AuditTrail, By, Note } from "./audit-trail.ts";
import { IdentityError } from "./identity-error.ts";
import type { Sealer } from "./sealer.ts";

/** Topic of the notice that tells all instances to look at the records again. */
export const IDENTITY_TOPIC = "identity";

/** Where a book reads, writes and tells. */
export interface BookParts {
  readonly records: Records;
  readonly notices: Notices;
  readonly audit: AuditTrail;
  readonly rt: Runtime;
  /** Seals what must be read back (signing keys). */
  readonly sealer: Sealer;
  /** Names of the projects in fairlead.yaml: they exist beside those of the store. */
  configured(): readonly string[];
  /** Shapes of the parts of projects and keys that other rooms understand (`limits`, `budget`, …). */
  readonly fragments?: { readonly [field: string]: z.ZodType };
  /** Resolves when this instance knows of what was just written: who made a key may use it here at once. Never rejects. */
  seen?(): Promise<void>;
}

/** Refuses a change that could not be noted. */
export function mustHaveRoom(parts: BookParts): void {
  if (parts.audit.hasRoom) return;
  throw new IdentityError(
    "unavailable",
    "the audit log has taken nothing for so long that no more events can wait; bring its store back first",
  );
}

/**
 * Notes a change that was made, and tells all instances; resolves when this one knows of it. A notice that is lost is made
 * up for by their own looking.
 */
export async function tell(parts: BookParts, by: By, note: Note): Promise<void> {
  parts.audit.note(by, note);
  parts.notices.publish(IDENTITY_TOPIC, note.subject).catch(() => {});
  await parts.seen?.();
}
