// How much is swept at once, and when: apart from the sweeper, because the thread of SQLite loads no other room.

/** Rows per bite: a statement that holds its locks for a few milliseconds. */
export const SWEEP_BITE = 500;

/** A record that was removed is remembered so long, so that an instance that was away hears of it, milliseconds. */
export const REMOVED_KEPT_MS = 90 * 86_400_000;

/** Clocks of instances differ; nothing is swept before it has expired for all, milliseconds. */
export const SWEEP_GRACE_MS = 60_000;
