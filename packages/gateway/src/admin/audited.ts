// Changes and their audit entries: the entry is noted first, and where it cannot be noted nothing is changed.

import { type Json, StoreError } from "@fairlead/stores";
import { AdminRefusal } from "./admin-refusal.ts";
import type { Caller } from "./gate/gate.ts";

/** The way into the audit log: what it has taken is on disk, or in the store. */
export interface Noter {
  /** False when no more can be taken; throws or rejects when it cannot be written. */
  note(
    by: { readonly actor: string; readonly from?: string | undefined },
    note: {
      readonly action: string;
      readonly subject: string;
      readonly project?: string | undefined;
      readonly detail?: { readonly [name: string]: Json } | undefined;
    },
  ): boolean | Promise<boolean>;
}

/** What is about to be done. It holds no secret. */
export interface Deed {
  /** Such as `upstream.control`. */
  readonly action: string;
  /** Such as `upstream:tokyo`. */
  readonly subject: string;
  readonly project?: string | undefined;
  /** The thing as it stands, and what is asked for. */
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/**
 * Notes the deed, then makes the change; a change that fails is told by a second entry, `….failed`. A process that dies
 * between the two leaves an entry of a change that was asked for and may not have been made; a change without an entry
 * there never is.
 * @throws AdminRefusal admin_audit_down before anything was changed; what `change` throws
 */
export async function audited<T>(audit: Noter, caller: Caller, deed: Deed, change: () => Promise<T>): Promise<T> {
  const { action, subject, project, before = null, after = null } = deed;
  const by = { actor: caller.actor, from: caller.from };
  let taken: boolean;
  try {
    taken = await audit.note(by, { action, subject, project, detail: { before, after } });
  } catch (e) {
    throw new AdminRefusal("admin_audit_down", { reason: e instanceof Error ? e.message : "it cannot be written" });
  }
  if (!taken) throw new AdminRefusal("admin_audit_down", { reason: "too many entries wait for it" });
  try {
    return await change();
  } catch (e) {
    const why = AdminRefusal.is(e) || StoreError.is(e) ? e.message : "an error of ours";
    try {
      await audit.note(by, { action: `${action}.failed`, subject, project, detail: { why } });
    } catch {
      // The first entry stands, and the failure that counts is the change's own.
    }
    throw e;
  }
}
