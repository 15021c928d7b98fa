// How an answer of `ask` went: tokens, cost, times, ids; for people and for programs.

import { costOf, formatUsd, PICO_PER_USD, totalInput } from "@fairlead/protocol";
import type { Answer } from "./answer.ts";

/** The measured side of one question. Times are milliseconds. */
export interface Measured {
  readonly model: string;
  readonly atMs: number;
  readonly firstMs: number | undefined;
  readonly totalMs: number;
  readonly requestId: string | undefined;
  readonly upstream: string | undefined;
  readonly attempts: string | undefined;
}

/** `tokens 12 in (8 cached), 40 out · $0.0004 · first token 0.41 s, all 1.20 s · req_…` */
export function reportLine(answer: Answer, measured: Measured): string {
  const { usage } = answer;
  const parts: string[] = [];
  const input = totalInput(usage);
  if (input > 0 || usage.outputTokens > 0) {
    const cached = usage.cacheReadTokens > 0 ? ` (${usage.cacheReadTokens} cached)` : "";
    const thought = usage.thinkingTokens > 0 ? ` (${usage.thinkingTokens} thinking)` : "";
    parts.push(`tokens ${input} in${cached}, ${usage.outputTokens} out${thought}`);
    const cost = costOf(usage, answer.model ?? measured.model, { atMs: measured.atMs });
    parts.push(cost.known ? formatUsd(cost.picoUsd) : "price unknown");
  }
  if (measured.firstMs === undefined) parts.push(`after ${seconds(measured.totalMs)}`);
  else parts.push(`first token ${seconds(measured.firstMs)}, all ${seconds(measured.totalMs)}`);
  if (measured.attempts !== undefined && measured.attempts !== "1") parts.push(`${measured.attempts} attempts`);
  if (measured.requestId !== undefined) parts.push(measured.requestId);
  return parts.join(" · ");
}

/** The same and the answer, for `--json`. */
export function reportJson(answer: Answer, measured: Measured, failure: string | undefined): object {
  const { usage } = answer;
  const cost = costOf(usage, answer.model ?? measured.model, { atMs: measured.atMs });
  return {
    ok: failure === undefined,
    text: answer.text,
    model: answer.model ?? measured.model,
    stop_reason: answer.stopReason ?? null,
    tools: answer.tools,
    error: failure ?? null,
    usage: {
      input_tokens: usage.inputTokens,
      cache_read_input_tokens: usage.cacheReadTokens,
      cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
      output_tokens: usage.outputTokens,
      thinking_tokens: usage.thinkingTokens,
    },
    cost_usd: cost.known ? cost.picoUsd / PICO_PER_USD : null,
    first_token_ms: measured.firstMs === undefined ? null : Math.round(measured.firstMs),
    total_ms: Math.round(measured.totalMs),
    request_id: measured.requestId ?? null,
    upstream: measured.upstream ?? null,
  };
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`;
}
