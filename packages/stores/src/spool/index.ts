// The spool: a local, durable log of records.

export type { SpoolReport } from "./segment-file.ts";
export { Spool, type SpoolLevel, type SpoolOptions, type SpoolSegment } from "./spool.ts";
