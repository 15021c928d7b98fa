// Token usage as the API counts it: read from a message, merged from a stream, summed.

/** The counts of one piece of work. All are whole numbers >= 0; absent or null on the wire reads as 0. */
export interface Tokens {
  /** Uncached input tokens, those after the last cache breakpoint. */
  readonly inputTokens: number;
  /** Input tokens written to the cache for 5 minutes. */
  readonly cacheWrite5mTokens: number;
  /** Input tokens written to the cache for 1 hour. */
  readonly cacheWrite1hTokens: number;
  /** Input tokens read from the cache. */
  readonly cacheReadTokens: number;
  /** Output tokens, thinking included. */
  readonly outputTokens: number;
}

/** One entry of `iterations` (beta): a sub-request that a model of its own may have served. */
export interface UsageIteration extends Tokens {
  /** `message`, `compaction`, `advisor_message`, `fallback_message`, or what comes later. */
  readonly type: string;
  /** The model that served it; absent means the message's own. */
  readonly model?: string;
}

/** The usage of one message. */
export interface Usage extends Tokens {
  /** The part of the output tokens that was thinking. */
  readonly thinkingTokens: number;
  readonly webSearchRequests: number;
  readonly webFetchRequests: number;
  /** `standard`, `priority`, `batch`, … */
  readonly serviceTier?: string;
  /** `standard`, `fast`, … */
  readonly speed?: string;
  readonly inferenceGeo?: string;
  /** Each sub-request by itself. When present it holds all that is billed; the totals above may leave parts out. */
  readonly iterations?: readonly UsageIteration[];
}

/** A usage of nothing. */
export const NO_USAGE: Usage = {
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  thinkingTokens: 0,
  webSearchRequests: 0,
  webFetchRequests: 0,
};

/**
 * Reads a `usage` object as it stands in an answer or in `message_start`. Anything that is null, absent or of the wrong
 * type reads as 0 (or as absent). When only the sum of cache writes is there, or the sum exceeds the split, the rest
 * counts as 5-minute writes. Never throws.
 */
export function readUsage(raw: unknown): Usage {
  return mergeUsage(NO_USAGE, raw);
}

/**
 * Puts the usage of a `message_delta` over what was known before. The fields are cumulative: a number there replaces
 * ours and is never added; null and absent keep ours. Iterations that it leaves out grow with the totals, for they are
 * what is billed. Returns a new value. Never throws.
 */
export function mergeUsage(before: Usage, raw: unknown): Usage {
  const from = record(raw);
  if (from === undefined) return before;
  const server = record(from.server_tool_use);
  const details = record(from.output_tokens_details);
  const tokens = mergeTokens(before, from);
  const iterations = readIterations(from.iterations) ?? grown(before, tokens);
  const serviceTier = text(from.service_tier) ?? before.serviceTier;
  const speed = text(from.speed) ?? before.speed;
  const inferenceGeo = text(from.inference_geo) ?? before.inferenceGeo;
  return {
    ...tokens,
    thinkingTokens: count(details?.thinking_tokens) ?? before.thinkingTokens,
    webSearchRequests: count(server?.web_search_requests) ?? before.webSearchRequests,
    webFetchRequests: count(server?.web_fetch_requests) ?? before.webFetchRequests,
    ...(serviceTier === undefined ? undefined : { serviceTier }),
    ...(speed === undefined ? undefined : { speed }),
    ...(inferenceGeo === undefined ? undefined : { inferenceGeo }),
    ...(iterations === undefined ? undefined : { iterations }),
  };
}

/**
 * What is billed: of a usage with iterations their sum, for its totals leave out what a compaction, an advisor or a
 * declined first model took. The totals themselves when the iterations hold no count.
 */
export function billedTokens(usage: Usage): Tokens {
  const { iterations } = usage;
  if (iterations === undefined) return usage;
  const sum = { inputTokens: 0, cacheWrite5mTokens: 0, cacheWrite1hTokens: 0, cacheReadTokens: 0, outputTokens: 0 };
  for (const one of iterations) {
    sum.inputTokens += one.inputTokens;
    sum.cacheWrite5mTokens += one.cacheWrite5mTokens;
    sum.cacheWrite1hTokens += one.cacheWrite1hTokens;
    sum.cacheReadTokens += one.cacheReadTokens;
    sum.outputTokens += one.outputTokens;
  }
  return totalInput(sum) + sum.outputTokens === 0 ? usage : sum;
}

/** All input tokens: uncached, written to the cache, read from it. */
export function totalInput(usage: Tokens): number {
  return usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;
}

/** The input tokens that count against the input-tokens-per-minute limit: all but cache reads. */
export function limitedInput(usage: Tokens): number {
  return usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens;
}

/** Prints a usage as the API does (the GA fields of protocol reference 1.7). The inverse of `readUsage`. */
export function printUsage(usage: Usage): Record<string, unknown> {
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite5mTokens,
      ephemeral_1h_input_tokens: usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { thinking_tokens: usage.thinkingTokens },
    server_tool_use:
      usage.webSearchRequests + usage.webFetchRequests === 0
        ? null
        : { web_search_requests: usage.webSearchRequests, web_fetch_requests: usage.webFetchRequests },
    service_tier: usage.serviceTier ?? "standard",
    ...(usage.speed === undefined ? undefined : { speed: usage.speed }),
    ...(usage.inferenceGeo === undefined ? undefined : { inference_geo: usage.inferenceGeo }),
  };
}

function mergeTokens(before: Tokens, from: Record<string, unknown>): Tokens {
  const split = record(from.cache_creation);
  const write1h = count(split?.ephemeral_1h_input_tokens) ?? before.cacheWrite1hTokens;
  const write5m = count(split?.ephemeral_5m_input_tokens);
  const sum = count(from.cache_creation_input_tokens);
  return {
    // The OpenAI dialect has names of its own.
    inputTokens: count(from.input_tokens) ?? count(from.prompt_tokens) ?? before.inputTokens,
    cacheWrite5mTokens:
      sum === undefined ? (write5m ?? before.cacheWrite5mTokens) : Math.max(write5m ?? 0, sum - write1h),
    cacheWrite1hTokens: write1h,
    cacheReadTokens: count(from.cache_read_input_tokens) ?? before.cacheReadTokens,
    outputTokens: count(from.output_tokens) ?? count(from.completion_tokens) ?? before.outputTokens,
  };
}

function readIterations(raw: unknown): UsageIteration[] | undefined {
  if (!Array.isArray(raw)) return undefined;
  const iterations: UsageIteration[] = [];
  for (const item of raw) {
    const from = record(item);
    if (from === undefined) continue;
    const model = text(from.model);
    iterations.push({
      type: text(from.type) ?? "",
      ...(model === undefined ? undefined : { model }),
      ...mergeTokens(NO_USAGE, from),
    });
  }
  return iterations.length === 0 ? undefined : iterations;
}

/** Work that the totals leave out. */
const BESIDE = new Set(["compaction", "advisor_message"]);

/** Iterations that were told with earlier totals, brought to those of now: what came since belongs to the last message. */
function grown({ iterations, ...before }: Usage, now: Tokens): readonly UsageIteration[] | undefined {
  if (iterations === undefined) return undefined;
  const at = iterations.findLastIndex(({ type }) => !BESIDE.has(type));
  const last = iterations[at];
  if (last === undefined) return [...iterations, { type: "message", ...now }];
  const since = (kind: keyof Tokens) => Math.max(0, last[kind] + now[kind] - before[kind]);
  return iterations.with(at, {
    ...last,
    inputTokens: since("inputTokens"),
    cacheWrite5mTokens: since("cacheWrite5mTokens"),
    cacheWrite1hTokens: since("cacheWrite1hTokens"),
    cacheReadTokens: since("cacheReadTokens"),
    outputTokens: since("outputTokens"),
  });
}

function record(raw: unknown): Record<string, unknown> | undefined {
  return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Record<string, unknown>) : undefined;
}

/** More than this is no count of tokens: sums of such rows would leave the whole numbers that stores can hold. */
const MOST = 1e10;

function count(raw: unknown): number | undefined {
  return typeof raw === "number" && raw >= 0 && raw <= MOST ? Math.trunc(raw) : undefined;
}

function text(raw: unknown): string | undefined {
  return typeof raw === "string" ? raw : undefined;
}
