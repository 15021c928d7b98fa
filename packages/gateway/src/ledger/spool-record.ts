// The records that the ledger keeps in the spool: an attempt began, it goes on, it is over.

import type { Prices, Usage } from "@fairlead/protocol";
import type { LedgerRow } from "@fairlead/stores";
import type { Counted } from "@fairlead/stores/spool";
import { NOTHING_USED, usageColumns } from "./usage-columns.ts";

/** What is known of an attempt while it runs: what the row would be if the gateway died now. */
export type RunningRow = Pick<LedgerRow, "attemptId"> &
  Partial<LedgerRow> & {
    /** Tokens that its prompt is expected to have, until the answer tells. */
    readonly expectedInput?: number | undefined;
  };

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

/** Every column that a row must have, for an attempt of which nothing is known. */
const BLANK = {
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
  ...NOTHING_USED,
  estimated: true,
} as const;

/** The row of an attempt that is over. */
export function finalRow(
  { expectedInput: _, ...known }: RunningRow,
  more: Partial<LedgerRow> & Pick<LedgerRow, "ended">,
): LedgerRow {
  return { ...BLANK, ...known, ...more };
}

/**
 * The row of an attempt whose gateway died, from what was known of it last.
 * @param counted tokens of output that it had by then, and when; undefined when none were counted
 */
export function crashedRow(known: RunningRow, counted: Counted | undefined, prices: Prices): LedgerRow {
  const { expectedInput = 0, inputTokens, modelServed, modelAsked, at = 0 } = known;
  const more = counted !== undefined && counted.count > (known.outputTokens ?? 0) ? counted : undefined;
  // Where it told its last count, or what it is billed for is a list of its own, nothing is counted on top.
  const settled = known.estimated === false || known.iterations !== undefined;
  if (settled || (more === undefined && (inputTokens !== undefined || expectedInput === 0)))
    return finalRow(known, { ended: "crashed" });
  const {
    cacheWrite5mTokens = 0,
    cacheWrite1hTokens = 0,
    cacheReadTokens = 0,
    thinkingTokens = 0,
    webSearchRequests = 0,
    webFetchRequests = 0,
    serviceTier,
    speed,
    inferenceGeo,
  } = known;
  const usage: Usage = {
    // On its way, and no answer had told of usage yet.
    inputTokens: inputTokens ?? expectedInput,
    cacheWrite5mTokens,
    cacheWrite1hTokens,
    cacheReadTokens,
    outputTokens: more?.count ?? 0,
    thinkingTokens,
    webSearchRequests,
    webFetchRequests,
    ...(serviceTier === undefined ? undefined : { serviceTier }),
    ...(speed === undefined ? undefined : { speed }),
    ...(inferenceGeo === undefined ? undefined : { inferenceGeo }),
  };
  const used = usageColumns(usage, modelServed ?? modelAsked, at, prices);
  return finalRow(known, { ...used, ...(more === undefined ? undefined : { endMs: more.ms }), ended: "crashed" });
}
