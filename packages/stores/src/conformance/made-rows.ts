// Rows for tests of a ledger, the same for the same seed.

import { pick, seededRandom } from "@fairlead/runtime";
import type { Ended, LedgerRow } from "../ledger-row.ts";

const ENDS: readonly Ended[] = ["whole", "cut", "client-left", "dropped", "failed", "crashed"];
/** 2026-11-20T00:00:00Z, Unix milliseconds: the first of the three days of `madeRows`. */
export const FIRST_DAY = 1_795_132_800_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A plain row; what is given replaces what it has. */
export function madeRow(attemptId: string, more: Partial<LedgerRow> = {}): LedgerRow {
  return {
    attemptId,
    requestId: `req_fl_${attemptId}`,
    attempt: 1,
    instance: "a",
    at: FIRST_DAY + 36 * HOUR_MS,
    project: "web",
    keyId: "k_1",
    route: "messages",
    stream: true,
    upstream: "anthropic",
    endMs: 1_000,
    verdict: "ok",
    ended: "whole",
    inputTokens: 10,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    outputTokens: 20,
    thinkingTokens: 0,
    webSearchRequests: 0,
    webFetchRequests: 0,
    picoUsd: 1_000_000,
    priced: true,
    estimated: false,
    ...more,
  };
}

/** Rows over three days, of few projects, keys, models and upstreams, some fields missing here and there. */
export function madeRows(seed: string, count: number): readonly LedgerRow[] {
  const random = seededRandom(seed);
  const some = <T>(values: readonly T[]): T => values[pick(random, values.length)] as T;
  const begin = FIRST_DAY;
  return Array.from({ length: count }, (_, n) => {
    const tokens = () => pick(random, 100_000);
    const row = madeRow(`att_${seed}_${String(n).padStart(6, "0")}`, {
      requestId: `req_fl_${seed}_${Math.floor(n / 2)}`,
      attempt: 1 + (n % 2),
      at: begin + pick(random, 3 * DAY_MS),
      project: some(["web", "batch", "ci"]),
      keyId: some(["k_1", "k_2", "k_3", "k_4"]),
      actor: some([undefined, "user:ann", "service:build"]),
      modelAsked: some([undefined, "claude-opus-4-5", "fast"]),
      modelServed: some([undefined, "claude-opus-4-5", "claude-haiku-4-5"]),
      upstream: some(["anthropic", "tokyo"]),
      status: some([undefined, 200, 529]),
      firstTokenMs: some([undefined, 350]),
      iterations: some([undefined, '[{"type":"message","input_tokens":5}]']),
      ended: some(ENDS),
      stream: random.next() < 0.5,
      estimated: random.next() < 0.2,
      priced: random.next() < 0.9,
      inputTokens: tokens(),
      cacheWrite5mTokens: tokens(),
      cacheWrite1hTokens: tokens(),
      cacheReadTokens: tokens(),
      outputTokens: tokens(),
      thinkingTokens: tokens(),
      webSearchRequests: pick(random, 3),
      webFetchRequests: pick(random, 3),
      picoUsd: pick(random, Number.MAX_SAFE_INTEGER),
    });
    return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as unknown as LedgerRow;
  });
}
