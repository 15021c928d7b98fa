// What a load came to, as data: the shape of `fairlead load --json`.

import { PICO_PER_USD } from "@fairlead/protocol";
import type { Bar, Times } from "./histogram.ts";
import { BUSY, NEAR_CEILING } from "./report.ts";
import type { RequestShape } from "./request-maker.ts";
import type { StepResult } from "./step.ts";

/** Times are milliseconds; all are 0 when there was none. */
export interface TimesJson {
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** One step. Requests that were sent during the warm-up are nowhere in it. */
export interface StepJson {
  /** Requests at once, or null in a step by rate. */
  readonly at_once: number | null;
  /** Requests per second as asked for, or null in a step by concurrency. */
  readonly rate: number | null;
  /** When it began to count, RFC 3339. */
  readonly began_at: string;
  /** What the rates are per. */
  readonly seconds: number;
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  /** Under way when Ctrl-C ended the step; in no other figure. */
  readonly given_up: number;
  /** `kind`: status, stream (an error event inside a 200), cut (not whole), connection, timeout, content (no message). */
  readonly failures: ReadonlyArray<{
    readonly kind: string;
    readonly what: string;
    readonly message: string;
    readonly count: number;
  }>;
  readonly answers_per_second: number;
  readonly output_tokens_per_second: number;
  /** Of whole answers, from the moment a request was due to its last byte. */
  readonly latency_ms: TimesJson;
  /** Of whole answers, to the first content; count 0 without --stream. */
  readonly first_token_ms: TimesJson;
  readonly failed_after_ms: TimesJson;
  readonly histogram: ReadonlyArray<{ readonly from_ms: number; readonly to_ms: number; readonly count: number }>;
  /** Whole answers and failures by the second in which their requests were due, the first being the one of `began_at`. */
  readonly timeline: ReadonlyArray<{ readonly ok: number; readonly failed: number }>;
  readonly tokens: {
    readonly input: number;
    readonly output: number;
    readonly cache_read: number;
    readonly cache_write: number;
  };
  /** What whole answers cost at list price, or null for a model that the price table does not know. */
  readonly cost_usd: number | null;
  /** Whole answers by tenant and Jain's index of them; null below two tenants. */
  readonly tenants: { readonly ok: readonly number[]; readonly jain: number } | null;
  /** `busy`: share of the time that the tool's thread worked. `limit`: true when the tool, not the server, was the limit. */
  readonly tool: {
    readonly busy: number;
    readonly limit: boolean;
    readonly most_connections: number;
    readonly waited_for_connection_ms: number;
  };
}

/** The whole. */
export interface LoadJson {
  /** True when every request was answered whole and nothing was interrupted. */
  readonly ok: boolean;
  readonly interrupted: boolean;
  readonly url: string;
  readonly model: string;
  readonly stream: boolean;
  readonly max_tokens: number;
  readonly prompt_tokens: number;
  readonly seed: string;
  /** Requests per second that the tool reaches here against a server that does nothing, at the highest concurrency. */
  readonly ceiling_per_second: number | null;
  readonly steps: readonly StepJson[];
}

/** The report as data. */
export function loadJson(
  url: string,
  shape: RequestShape,
  results: readonly StepResult[],
  ceilingRate: number | undefined,
  interrupted: boolean,
): LoadJson {
  return {
    ok: !interrupted && results.every(({ score }) => score.failed === 0),
    interrupted,
    url,
    model: shape.model,
    stream: shape.stream,
    max_tokens: shape.maxTokens,
    prompt_tokens: shape.promptTokens,
    seed: shape.seed,
    ceiling_per_second: ceilingRate === undefined ? null : Math.round(ceilingRate),
    steps: results.map((result) => stepJson(result, ceilingRate)),
  };
}

function stepJson(result: StepResult, ceilingRate: number | undefined): StepJson {
  const { plan, score, seconds, busy } = result;
  const rate = score.inTime / seconds;
  const jain = score.fairness();
  return {
    at_once: plan.kind === "at-once" ? plan.level : null,
    rate: plan.kind === "rate" ? plan.level : null,
    began_at: new Date(score.wall + plan.warmUpMs).toISOString(),
    seconds: round(seconds),
    requests: score.requests,
    ok: score.ok,
    failed: score.failed,
    given_up: score.abandoned,
    failures: score.ranking().map(({ wrong, count }) => ({ ...wrong, count })),
    answers_per_second: round(rate),
    output_tokens_per_second: round(score.tokensInTime / seconds),
    latency_ms: times(score.answered.times()),
    first_token_ms: times(score.first.times()),
    failed_after_ms: times(score.failedAfter.times()),
    histogram: score.answered.bars(40).map(bar),
    timeline: score.seconds,
    tokens: {
      input: score.inputTokens,
      output: score.outputTokens,
      cache_read: score.cacheReadTokens,
      cache_write: score.cacheWriteTokens,
    },
    cost_usd: score.priced ? score.picoUsd / PICO_PER_USD : null,
    tenants: jain === undefined ? null : { ok: score.byTenant, jain: round(jain) },
    tool: {
      busy: round(busy),
      limit: busy >= BUSY || (ceilingRate !== undefined && rate >= ceilingRate * NEAR_CEILING),
      most_connections: result.mostOpen,
      waited_for_connection_ms: round(result.waitedMs),
    },
  };
}

function times(of: Times): TimesJson {
  const { count, mean, p50, p90, p95, p99, p999, max } = of;
  return {
    count,
    mean: round(mean),
    p50: round(p50),
    p90: round(p90),
    p95: round(p95),
    p99: round(p99),
    p999: round(p999),
    max: round(max),
  };
}

function bar({ fromMs, toMs, count }: Bar) {
  return { from_ms: round(fromMs), to_ms: round(toMs), count };
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
