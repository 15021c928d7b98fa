// Custody in memory: for tests, and for a gateway that keeps nothing.

import type { Clock } from "@fairlead/runtime";
import { limitOf } from "../bounds.ts";
import type { Custody, CustodyKind, CustodyRow } from "../custody.ts";
import { checkCursor, checkCustody, checkIds, checkKind, RELEASED_MS } from "../custody-row.ts";

interface Kept {
  readonly row: CustodyRow;
  releasedAt: number | undefined;
}

/** Custody that lives as long as the process. Swept once it holds twice as many as were alive at the last sweep. */
export function memoryCustody(clock: Clock): Custody {
  const kept = new Map<string, Kept>();
  let sweepAt = 1_000;
  const keyOf = (kind: CustodyKind, id: string) => `${kind}\0${id}`;
  const expired = ({ row }: Kept, now: number) => row.expiresAt !== undefined && row.expiresAt <= now;
  const alive = (one: Kept | undefined, now: number) =>
    one === undefined || one.releasedAt !== undefined || expired(one, now) ? undefined : one.row;
  const sweep = (now: number) => {
    for (const [key, one] of kept) {
      if (expired(one, now) || (one.releasedAt ?? now) + RELEASED_MS < now) kept.delete(key);
    }
    sweepAt = Math.max(1_000, kept.size * 2);
  };
  return {
    async put(rows) {
      const now = clock.wall();
      for (const row of checkCustody(rows)) {
        const key = keyOf(row.kind, row.id);
        const before = kept.get(key);
        if (before === undefined || expired(before, now)) kept.set(key, { row, releasedAt: undefined });
      }
      if (kept.size >= sweepAt) sweep(now);
    },
    async find(kind, ids) {
      const now = clock.wall();
      return checkIds(kind, ids).flatMap((id) => alive(kept.get(keyOf(kind, id)), now) ?? []);
    },
    async page(project, kind, cursor = {}, limit) {
      checkKind(kind);
      checkCursor(cursor);
      const most = limitOf(limit);
      const now = clock.wall();
      const id = cursor.after ?? cursor.before;
      const at = id === undefined ? undefined : kept.get(keyOf(kind, id))?.row;
      if (id !== undefined && at?.project !== project) return undefined;
      const rows = [...kept.values()].flatMap((one) => {
        const row = alive(one, now);
        return row !== undefined && row.project === project && row.kind === kind ? [row] : [];
      });
      rows.sort(newestFirst);
      if (at === undefined) return rows.slice(0, most);
      if (cursor.after !== undefined) return rows.filter((row) => newestFirst(at, row) < 0).slice(0, most);
      return rows.filter((row) => newestFirst(row, at) < 0).slice(-most);
    },
    async release(kind, id) {
      checkIds(kind, [id]);
      const one = kept.get(keyOf(kind, id));
      if (one !== undefined) one.releasedAt ??= clock.wall();
    },
  };
}

function newestFirst(a: CustodyRow, b: CustodyRow): number {
  return b.at - a.at || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}
