// A booking as the admin API and the command tell of it.

import { formatRfc3339, PICO_PER_USD } from "@fairlead/protocol";
import type { LedgerRow } from "@fairlead/stores";
import type { Booking } from "./booking.ts";

/** A correction. Tokens and cost may be negative. */
export interface CorrectionView {
  readonly id: string;
  /** Start of its bucket, ISO 8601. */
  readonly at: string;
  readonly model: string | null;
  readonly upstream: string;
  readonly project: string;
  readonly key: string;
  readonly actor: string | null;
  readonly input_tokens: number;
  readonly cache_write_5m_tokens: number;
  readonly cache_write_1h_tokens: number;
  readonly cache_read_tokens: number;
  readonly output_tokens: number;
  readonly web_search_requests: number;
  readonly usd: number;
  /** Exactly, a whole number. */
  readonly pico_usd: string;
}

/** A bucket and model in which the report differs and nothing is booked. */
export interface RefusedView {
  readonly at: string;
  readonly model: string;
  readonly upstream: string | null;
  readonly why: string;
}

/** All of it. */
export interface BookingView {
  readonly dry_run: boolean;
  /** Rows that were new. */
  readonly booked: number;
  readonly corrections: readonly CorrectionView[];
  readonly refused: readonly RefusedView[];
}

/** A booking as data. */
export function bookingView({ corrections, refused, booked }: Booking, dryRun: boolean): BookingView {
  return {
    dry_run: dryRun,
    booked,
    corrections: corrections.map(correctionView),
    refused: refused.map(({ at, model, upstream, why }) => ({
      at: isoBucket(at),
      model,
      upstream: upstream ?? null,
      why,
    })),
  };
}

function correctionView(row: LedgerRow): CorrectionView {
  return {
    id: row.attemptId,
    at: isoBucket(row.at),
    model: row.modelServed ?? row.modelAsked ?? null,
    upstream: row.upstream,
    project: row.project,
    key: row.keyId,
    actor: row.actor ?? null,
    input_tokens: row.inputTokens,
    cache_write_5m_tokens: row.cacheWrite5mTokens,
    cache_write_1h_tokens: row.cacheWrite1hTokens,
    cache_read_tokens: row.cacheReadTokens,
    output_tokens: row.outputTokens,
    web_search_requests: row.webSearchRequests,
    usd: row.picoUsd / PICO_PER_USD,
    pico_usd: String(row.picoUsd),
  };
}

/** Buckets begin with whole seconds. */
function isoBucket(at: number): string {
  return `${formatRfc3339(at).slice(0, -1)}.000Z`;
}
