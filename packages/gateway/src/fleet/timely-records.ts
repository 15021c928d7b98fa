// Records that answer in time or count as away: whoever waits for them in turn must not wait for ever.

import type { Clock } from "@fairlead/runtime";
import { type Records, StoreError } from "@fairlead/stores";

/** The same records; a call that takes longer than `ms` milliseconds rejects with `unavailable`. What it did is not known. */
export function timelyRecords(records: Records, clock: Clock, ms: number): Records {
  const timely = <T>(work: Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      const late = () => reject(new StoreError("unavailable", `the store did not answer within ${ms} ms`));
      const timer = clock.timer(ms, late);
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  return {
    get: (kind, id) => timely(records.get(kind, id)),
    list: (kind, after, limit) => timely(records.list(kind, after, limit)),
    write: (writes) => timely(records.write(writes)),
    changes: (after, limit) => timely(records.changes(after, limit)),
  };
}
