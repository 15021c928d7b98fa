// The spool: a local, durable log of records.

export { memorySpool } from "./memory-spool.ts";
export type { SpoolReport } from "./segment-file.ts";
export { Spool, type SpoolLevel, type SpoolLog, type SpoolOptions, type SpoolSegment } from "./spool.ts";
export type { Counted, TallyFile } from "./tally-file.ts";
