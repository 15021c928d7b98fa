// A spool that keeps nothing: for a gateway whose store keeps nothing either.

import type { SpoolLevel, SpoolLog, SpoolSegment } from "./spool.ts";

/** What is appended is gone: whoever appends has it in memory and ships it from there. */
export function memorySpool(): SpoolLog {
  const active: SpoolSegment = { name: "memory", bytes: 0, sealed: false, read: () => [], remove() {} };
  const level: SpoolLevel = "well";
  return {
    bytes: 0,
    segments: 1,
    level,
    problem: undefined,
    active,
    tally: undefined,
    append: () => active,
    rotate() {},
    async close() {},
  };
}
