// The ledger's contract: rows go in exactly once, sums come out.

import type { LedgerRow } from "./ledger-row.ts";

/** What usage can be asked by. */
export type UsageDimension = "hour" | "day" | "project" | "key" | "model" | "upstream" | "actor";

/** Which rows a question is about. All that is given must hold. */
export interface LedgerFilter {
  /** Unix milliseconds, from (inclusive) to (exclusive). Usage rounds both down to whole hours (UTC). */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly project?: string | undefined;
  readonly keyId?: string | undefined;
  /** The model served, or asked for when none was. */
  readonly model?: string | undefined;
  readonly upstream?: string | undefined;
}

/** Sums over rows. Every number is a whole one. */
export interface UsageSums {
  /** Attempts, and those of them whose counts are not the upstream's last word. */
  readonly attempts: number;
  readonly estimated: number;
  readonly failed: number;
  readonly inputTokens: number;
  readonly cacheWrite5mTokens: number;
  readonly cacheWrite1hTokens: number;
  readonly cacheReadTokens: number;
  readonly outputTokens: number;
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  readonly picoUsd: bigint;
  /** Attempts of which a part had no price. */
  readonly unpriced: number;
}

/** One line of usage: the dimensions that were asked for, and the sums. */
export interface UsageLine extends UsageSums {
  /** The start of the hour or day, Unix milliseconds (UTC), when asked by hour or day. */
  readonly at?: number;
  readonly project?: string;
  readonly keyId?: string;
  readonly model?: string;
  readonly upstream?: string;
  readonly actor?: string;
}

/** A page of rows, the newest first. */
export interface LedgerPage {
  readonly rows: readonly LedgerRow[];
  /** Hand this back as `before` for the next page; undefined when there is none. */
  readonly next: string | undefined;
}

/** Where rows live for good. Every method rejects with a StoreError. */
export interface Ledger {
  /**
   * Adds rows and, in the same transaction, adds them to the sums; a row whose `attemptId` is there already changes
   * nothing. Returns how many were new.
   */
  append(rows: readonly LedgerRow[]): Promise<number>;
  /** Sums, from the hourly and daily sums alone, in the order of the dimensions. Throws `invalid` for more than 100,000 lines. */
  usage(filter: LedgerFilter, by: readonly UsageDimension[]): Promise<readonly UsageLine[]>;
  /** Rows, the newest first. `limit` 1 to 1,000, default 100. */
  rows(filter: LedgerFilter & { readonly requestId?: string }, limit?: number, before?: string): Promise<LedgerPage>;
  /** Removes rows that began before a time, at most `limit`; the sums stay. Returns how many. */
  expire(before: number, limit: number): Promise<number>;
}
