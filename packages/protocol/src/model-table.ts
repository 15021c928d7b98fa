// The models of 2026-11-21 with limits and dated prices; data only.
//
// Source: protocol reference 6.1 and 6.2 (platform.claude.com pricing, models overview, release notes; SDK 1.11.0 types).
// Not from a first-party source: the cache prices of Fable 5.2 and both of Mythos 5.2 (npm `rightsize` 0.10.2), and the
// cache minimum of the 5.x-point releases, which is taken from their predecessors.
// Launch days: release notes where known, the epoch where not.
import type { Model, PriceRow, ThinkingFacts } from "./model.ts";

const LAUNCH = "1970-01-01";
const UNKNOWN_DAY = "1970-01-01T00:00:00Z";

/** A row whose cache prices follow the usual multiples: writes 1.25 and 2 times the input price. Read is given. */
function row(
  input: number,
  output: number,
  cacheRead: number,
  more: { from?: string; promptOver?: number } = {},
): PriceRow {
  return { from: LAUNCH, ...more, input, output, cacheRead, cacheWrite5m: input * 1.25, cacheWrite1h: input * 2 };
}

const OPUS_5_TO_4_5 = [row(5, 25, 0.5)];
const SONNET_4 = [row(3, 15, 0.3)];
const FABLE_5_2 = [row(8, 40, 0.2)];
const FABLE_5_1 = [row(10, 50, 0.25)];
const FABLE_5 = [row(10, 50, 1)];

// The 4.5 generation knows budgets only; 4.6 both; from 4.7 on `enabled` is refused.
const BUDGET: ThinkingFacts = { adaptive: false, enabled: true, disabled: true, alwaysOn: false };
const BOTH: ThinkingFacts = { adaptive: true, enabled: true, disabled: true, alwaysOn: false };
const ADAPTIVE: ThinkingFacts = { adaptive: true, enabled: false, disabled: true, alwaysOn: false };
const ALWAYS: ThinkingFacts = { adaptive: true, enabled: false, disabled: false, alwaysOn: true };

type Facts = Pick<Model, "id" | "displayName" | "prices" | "minCachePrefix"> & Partial<Model>;

/** A model of the 4.7 generation or later; what differs is given. */
function current(facts: Facts): Model {
  return {
    aliases: [],
    createdAt: UNKNOWN_DAY,
    contextWindow: 1_000_000,
    maxOutput: 128_000,
    minCachePrefixAssumed: false,
    rejectsPrefill: true,
    thinking: ADAPTIVE,
    takesNewVersionOnBedrock: true,
    pricesUnverified: false,
    ...facts,
  };
}

function generation46(facts: Facts): Model {
  return current({ thinking: BOTH, takesNewVersionOnBedrock: false, ...facts });
}

function generation45(facts: Facts): Model {
  return current({
    contextWindow: 200_000,
    maxOutput: 64_000,
    rejectsPrefill: false,
    thinking: BUDGET,
    takesNewVersionOnBedrock: false,
    ...facts,
  });
}

/** Every known model, newest generation first. */
export const MODELS: readonly Model[] = [
  current({
    id: "claude-fable-5-2",
    displayName: "Claude Fable 5.2",
    createdAt: "2026-11-09T00:00:00Z",
    minCachePrefix: 512,
    minCachePrefixAssumed: true,
    thinking: ALWAYS,
    prices: FABLE_5_2,
    pricesUnverified: true,
  }),
  current({
    id: "claude-mythos-5-2",
    displayName: "Claude Mythos 5.2",
    minCachePrefix: 512,
    minCachePrefixAssumed: true,
    thinking: ALWAYS,
    prices: FABLE_5_2,
    pricesUnverified: true,
  }),
  current({
    id: "claude-fable-5-1",
    displayName: "Claude Fable 5.1",
    minCachePrefix: 512,
    minCachePrefixAssumed: true,
    thinking: ALWAYS,
    prices: FABLE_5_1,
  }),
  current({
    id: "claude-mythos-5-1",
    displayName: "Claude Mythos 5.1",
    minCachePrefix: 512,
    minCachePrefixAssumed: true,
    thinking: ALWAYS,
    prices: FABLE_5_1,
  }),
  current({
    id: "claude-fable-5",
    displayName: "Claude Fable 5",
    createdAt: "2026-06-09T00:00:00Z",
    minCachePrefix: 512,
    thinking: ALWAYS,
    prices: FABLE_5,
  }),
  current({
    id: "claude-mythos-5",
    displayName: "Claude Mythos 5",
    createdAt: "2026-06-09T00:00:00Z",
    minCachePrefix: 512,
    thinking: ALWAYS,
    prices: FABLE_5,
  }),
  current({
    id: "claude-opus-5-5",
    displayName: "Claude Opus 5.5",
    createdAt: "2026-09-22T00:00:00Z",
    minCachePrefix: 512,
    minCachePrefixAssumed: true,
    thinking: ALWAYS,
    prices: [row(4, 20, 0.2)],
  }),
  current({
    id: "claude-opus-5",
    displayName: "Claude Opus 5",
    createdAt: "2026-07-24T00:00:00Z",
    minCachePrefix: 512,
    prices: OPUS_5_TO_4_5,
  }),
  current({
    id: "claude-opus-4-8",
    displayName: "Claude Opus 4.8",
    minCachePrefix: 1024,
    prices: OPUS_5_TO_4_5,
  }),
  current({
    id: "claude-opus-4-7",
    displayName: "Claude Opus 4.7",
    minCachePrefix: 2048,
    prices: OPUS_5_TO_4_5,
  }),
  generation46({
    id: "claude-opus-4-6",
    displayName: "Claude Opus 4.6",
    createdAt: "2026-02-05T00:00:00Z",
    minCachePrefix: 4096,
    prices: OPUS_5_TO_4_5,
  }),
  generation45({
    id: "claude-opus-4-5",
    aliases: ["claude-opus-4-5-20251101"],
    displayName: "Claude Opus 4.5",
    createdAt: "2025-11-24T00:00:00Z",
    minCachePrefix: 4096,
    prices: OPUS_5_TO_4_5,
  }),
  current({
    id: "claude-sonnet-5-5",
    displayName: "Claude Sonnet 5.5",
    minCachePrefix: 1024,
    minCachePrefixAssumed: true,
    prices: [row(2, 10, 0.2), row(2, 10, 0.1, { from: "2026-10-07" })],
  }),
  current({
    id: "claude-sonnet-5",
    displayName: "Claude Sonnet 5",
    createdAt: "2026-06-30T00:00:00Z",
    minCachePrefix: 1024,
    prices: [row(2, 10, 0.2)],
  }),
  generation46({
    id: "claude-sonnet-4-6",
    displayName: "Claude Sonnet 4.6",
    createdAt: "2026-02-17T00:00:00Z",
    minCachePrefix: 1024,
    prices: SONNET_4,
  }),
  generation45({
    id: "claude-sonnet-4-5",
    aliases: ["claude-sonnet-4-5-20250929"],
    displayName: "Claude Sonnet 4.5",
    createdAt: "2025-09-29T00:00:00Z",
    retiresAt: "2026-11-30",
    minCachePrefix: 1024,
    prices: SONNET_4,
  }),
  current({
    id: "claude-haiku-5-5",
    displayName: "Claude Haiku 5.5",
    minCachePrefix: 4096,
    minCachePrefixAssumed: true,
    prices: [row(0.1, 0.5, 0.01), row(0.5, 2.5, 0.05, { promptOver: 100_000 })],
  }),
  generation45({
    id: "claude-haiku-4-5",
    aliases: ["claude-haiku-4-5-20251001"],
    displayName: "Claude Haiku 4.5",
    createdAt: "2025-10-15T00:00:00Z",
    minCachePrefix: 4096,
    prices: [row(1, 5, 0.1)],
  }),
];
