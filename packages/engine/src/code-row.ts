// The form of a row of the error table.

import type { Verdict } from "./verdict.ts";

/** One row of the error table. `{name}` in the message is filled in by whoever raises it. */
export interface CodeRow {
  readonly verdict: Verdict;
  /** HTTP status that the gateway answers with. */
  readonly status: number;
  /** `error.type` in Anthropic's envelope. */
  readonly type: string;
  readonly message: string;
  /** True when trying again cannot help: the answer then carries `x-should-retry: false`. */
  readonly final: boolean;
}

/** A row. */
export function at(status: number, type: string, verdict: Verdict, message: string, final: boolean): CodeRow {
  return { verdict, status, type, message, final };
}
