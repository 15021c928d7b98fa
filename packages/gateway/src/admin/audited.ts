// Changes and their audit entries: the entry is written first, and where it cannot be written nothing is changed.

import type { Runtime } from "@fairlead/runtime";
import { type Audit, type Json, StoreError } from "@fairlead/stores";
import { AdminRefusal } from "./admin-refusal.ts";
import type { Caller } from "./gate/gate.ts";

/** What is about to be done. It holds no secret. */
export interface Deed {
  /** Such as `key.create`. */
  readonly action: string;
  /** Such as `project:web`. */
  readonly subject: string;
  readonly project?: string | undefined;
  /** The thing as it stands, and what is asked for. */
  readonly before?: Json | undefined;
  readonly after?: Json | undefined;
}

/** What came of it, when that could not be known before: it is told in an entry behind the first. */
export interface Done<T> {
  readonly value: T;
  readonly result?: Json | undefined;
}

/**
 * Writes the entry, then makes the change. A change that fails is told by a second entry `….failed`; one whose result
 * could not be known before (the id of a new key) by `….done`. A process that dies between the two leaves an entry of a
 * change that was asked for and may not have been made; a change without an entry there never is.
 * @throws AdminRefusal admin_audit_down before anything was changed; what `change` throws
 */
export async function audited<T>(
  audit: Audit,
  rt: Runtime,
  caller: Caller,
  deed: Deed,
  change: () => Promise<Done<T>>,
): Promise<T> {
  const { action, subject, project, before, after } = deed;
  const event = { actor: caller.actor, subject, project, from: caller.from };
  let seq: number;
  try {
    const detail = { before: before ?? null, after: after ?? null };
    ({ seq } = await audit.append({ ...event, at: rt.clock.wall(), action, detail }));
  } catch (e) {
    if (StoreError.is(e)) throw new AdminRefusal("admin_audit_down", { reason: e.message });
    throw e;
  }
  let done: Done<T>;
  try {
    done = await change();
  } catch (e) {
    const why = AdminRefusal.is(e) || StoreError.is(e) ? e.message : "an error of ours";
    await again(() => audit.append({ ...event, at: rt.clock.wall(), action: `${action}.failed`, detail: { of: seq, why } }));
    throw e;
  }
  if (done.result !== undefined) {
    const detail = { of: seq, result: done.result };
    await again(() => audit.append({ ...event, at: rt.clock.wall(), action: `${action}.done`, detail }));
  }
  return done.value;
}

/** Twice, and then not: the first entry stands, and the change is made or not made already. */
async function again(write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch {
    await write().catch(() => undefined);
  }
}
