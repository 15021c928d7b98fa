// Rows of the ledger for tests of the admin address.

import { costOf, readUsage } from "@fairlead/protocol";
import type { LedgerRow } from "@fairlead/stores";
import { madeRow } from "@fairlead/stores/conformance";

/** A row of a ledger. */
export function row(project: string, keyId: string, attemptId: string): LedgerRow {
  const own = { at: 0, stream: false, upstream: "east", requestId: "req_fl_1", outputTokens: 5 };
  return madeRow(attemptId, { ...own, project, keyId, cacheWrite5mTokens: 1, cacheWrite1hTokens: 2 });
}

/** A row that a report settles: 10 in and 5 out were worked out. */
export function estimate(project: string, keyId: string, attemptId: string): LedgerRow {
  const usage = { cacheWrite5mTokens: 0, cacheWrite1hTokens: 0 };
  const modelServed = "claude-opus-5";
  const { picoUsd } = costOf(readUsage({ input_tokens: 10, output_tokens: 5 }), modelServed, { atMs: 0 });
  const more = { ...usage, modelServed, picoUsd, ended: "crashed", estimated: true } as const;
  return { ...row(project, keyId, attemptId), ...more };
}
