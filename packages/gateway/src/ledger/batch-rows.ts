// Rows for the results of a batch: what it cost is known when somebody fetches them, and counts once.

import { createHash } from "node:crypto";
import type { Flow } from "@fairlead/engine";
import type { Prices } from "@fairlead/protocol";
import { type BatchResult, BatchResults } from "@fairlead/providers/anthropic";
import type { LedgerRow } from "@fairlead/stores";
import { finalRow, type RunningRow } from "./spool-record.ts";
import { cleanText, NOTHING_USED, usageColumns } from "./usage-columns.ts";

/** The batch whose results an answer's bytes are; undefined for any other answer. */
export function resultsOf(flow: Flow | undefined): BatchResults | undefined {
  const gleaner = flow?.gleaner as { readonly inner?: unknown } | undefined;
  if (gleaner instanceof BatchResults) return gleaner;
  return gleaner?.inner instanceof BatchResults ? gleaner.inner : undefined;
}

/** One row for each result. Its id is made of the batch's and its own, so that a second fetch changes nothing. */
export function batchRows(
  batch: string,
  results: readonly BatchResult[],
  fetched: RunningRow,
  prices: Prices,
): readonly LedgerRow[] {
  return results.map(({ customId, messageId, model, stopReason, usage }) => {
    const at = fetched.at ?? 0;
    const unbilled = stopReason === "refusal" && usage.outputTokens === 0;
    const { instance, project, keyId, actor, upstream, region, upstreamRequestId } = fetched;
    return finalRow(
      {
        attemptId: resultId(batch, customId),
        instance,
        project,
        keyId,
        actor,
        upstream,
        region,
        upstreamRequestId,
        at,
      },
      {
        requestId: cleanText(batch) ?? "",
        callerRequestId: cleanText(customId),
        messageId: cleanText(messageId),
        route: "batch_result",
        modelServed: cleanText(model),
        verdict: "ok",
        ended: "whole",
        ...(unbilled ? NOTHING_USED : usageColumns({ ...usage, serviceTier: "batch" }, model, at, prices)),
        estimated: false,
      },
    );
  });
}

function resultId(batch: string, customId: string): string {
  return `att_${createHash("sha256")
    .update(JSON.stringify([batch, customId]))
    .digest("hex")
    .slice(0, 20)}`;
}
