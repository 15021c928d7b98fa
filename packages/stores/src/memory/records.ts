// Records in memory: for tests, and for a gateway that keeps nothing.

import type { Clock } from "@fairlead/runtime";
import { checkName, limitOf } from "../bounds.ts";
import { afterOf, checkWrites } from "../record-batch.ts";
import type { RecordChange, Records, StoredRecord } from "../records.ts";
import { StoreError } from "../store-error.ts";

/** Records that live as long as the process. */
export function memoryRecords(clock: Clock): Records {
  const kinds = new Map<string, Map<string, StoredRecord>>();
  /** The last change of each record, the oldest first. */
  const feed = new Map<string, { readonly seq: number; readonly kind: string; readonly id: string }>();
  let seq = 0;
  const find = (kind: string, id: string) => {
    const found = kinds.get(kind)?.get(id);
    return found?.expiresAt !== undefined && found.expiresAt <= clock.wall() ? undefined : found;
  };
  return {
    async get(kind, id) {
      checkName("the kind of a record", kind);
      checkName("the id of a record", id);
      return find(kind, id);
    },
    async list(kind, after = "", limit) {
      const ids = [...(kinds.get(kind)?.keys() ?? [])].filter((id) => id > after).sort();
      return ids.flatMap((id) => find(kind, id) ?? []).slice(0, limitOf(limit));
    },
    async write(writes) {
      checkWrites(writes);
      for (const { kind, id, expect } of writes) {
        const version = find(kind, id)?.version ?? 0;
        if (expect !== "any" && expect !== version)
          throw new StoreError("conflict", `${kind} ${id} is at version ${version}, not ${expect}: read it again`);
      }
      return writes.map(({ kind, id, value, expiresAt }) => {
        const version = (find(kind, id)?.version ?? 0) + 1;
        let records = kinds.get(kind);
        if (records === undefined) {
          records = new Map();
          kinds.set(kind, records);
        }
        const key = JSON.stringify([kind, id]);
        feed.delete(key);
        feed.set(key, { seq: ++seq, kind, id });
        if (value === undefined) {
          records.delete(id);
          return 0;
        }
        records.set(id, {
          kind,
          id,
          version,
          value: structuredClone(value),
          ...(expiresAt !== undefined && { expiresAt }),
        });
        return version;
      });
    },
    async changes(after, limit) {
      const most = limitOf(limit);
      afterOf(after);
      const changes: RecordChange[] = [];
      for (const one of feed.values()) {
        if (one.seq <= after) continue;
        if (changes.length >= most) break;
        changes.push({ ...one, record: find(one.kind, one.id) });
      }
      return { changes, last: changes.at(-1)?.seq ?? after };
    },
  };
}
