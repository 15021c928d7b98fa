// The records that the ledger keeps in the spool: an attempt began, it goes on, it is over.

import type { LedgerRow } from "@fairlead/stores";

/** What is known of an attempt while it runs: what the row would be if the gateway died now. */
export type RunningRow = Pick<LedgerRow, "attemptId"> & Partial<LedgerRow>;

/** One record, read back. */
export type SpoolRecord =
  | { readonly kind: "started"; readonly row: RunningRow }
  | { readonly kind: "progress"; readonly row: RunningRow }
  | { readonly kind: "final"; readonly row: LedgerRow };

/** An attempt is about to leave, or all that is known of one that runs. */
export function startedRecord(row: RunningRow): string {
  return `S${JSON.stringify(row)}`;
}

/** What has changed since it started. */
export function progressRecord(row: RunningRow): string {
  return `P${JSON.stringify(row)}`;
}

/** It is over. */
export function finalRecord(row: LedgerRow): string {
  return `F${JSON.stringify(row)}`;
}

/** Reads a record back; undefined for one of a kind that is not known. */
export function readRecord(payload: string): SpoolRecord | undefined {
  const kind = payload[0] === "S" ? "started" : payload[0] === "P" ? "progress" : payload[0] === "F" ? "final" : "";
  if (kind === "") return undefined;
  try {
    const row: unknown = JSON.parse(payload.slice(1));
    if (typeof row !== "object" || row === null || typeof (row as LedgerRow).attemptId !== "string") return undefined;
    return { kind, row } as SpoolRecord;
  } catch {
    return undefined;
  }
}

/** The row of an attempt whose gateway died, from what was known of it last. */
export function crashedRow(known: RunningRow): LedgerRow {
  return {
    requestId: "",
    attempt: 1,
    instance: "",
    at: 0,
    project: "",
    keyId: "",
    route: "",
    stream: false,
    upstream: "",
    endMs: 0,
    verdict: "cut",
    inputTokens: 0,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 0,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
    picoUsd: 0,
    priced: true,
    estimated: true,
    ...known,
    ended: "crashed",
  };
}
