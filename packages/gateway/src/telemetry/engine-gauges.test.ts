// Tests of the engine's figures for Prometheus: what is printed, under which labels, and that callers cannot make up labels.

import type { EngineFigures } from "@fairlead/engine";
import { expect, it } from "vitest";
import { engineGauges } from "./engine-gauges.ts";

const FIGURES: EngineFigures = {
  loads: [
    { platform: "east", model: "claude-haiku-4-5", inFlight: 7, limit: 12, why: "overloaded" },
    { platform: "east", model: "claude-sonnet-4-5", inFlight: 3, limit: null, why: "" },
    { platform: "east", model: "made-up-1", inFlight: 1, limit: 9, why: "" },
    { platform: "east", model: "made-up-2", inFlight: 1, limit: 4, why: "" },
    { platform: "east", model: "made-up-3", inFlight: 1, limit: 8, why: "" },
  ],
  upstreams: [
    { upstream: "east", inFlight: 13 },
    { upstream: "west", inFlight: 0 },
  ],
  queue: {
    waiting: 5,
    oldestMs: 900,
    classes: [
      { priority: "interactive", waiting: 4, oldestMs: 900 },
      { priority: "batch", waiting: 1, oldestMs: 20 },
    ],
    refused: { full: 3, deadline: 0, max_wait: 2, overload: 1 },
  },
  quotas: [
    {
      account: "team",
      modelClass: "claude-sonnet-4",
      dimension: "input",
      limit: 1_000,
      room: 250,
      headroom: 0.5,
      pending: 10,
    },
    {
      account: "team",
      modelClass: "made-up-1",
      dimension: "input",
      limit: 1_000,
      room: 90,
      headroom: 0.75,
      pending: 0,
    },
    {
      account: "team",
      modelClass: "made-up-2",
      dimension: "input",
      limit: 1_000,
      room: 40,
      headroom: 0.25,
      pending: 0,
    },
  ],
  cooldowns: [
    { account: "team", model: "claude-haiku-4-5", waitMs: 2_500 },
    { account: "team", model: "made-up-1", waitMs: 1_000 },
    { account: "team", model: "made-up-2", waitMs: 4_000 },
  ],
  balance: { pins: 2, moves: 6, mostMoves: 3, held: 0, boundMoves: 0, regions: [] },
  budgets: [
    { platform: "east", model: "claude-haiku-4-5", tokens: 7.5, denied: 2 },
    { platform: "east", model: "", tokens: 10, denied: 0 },
    { platform: "west", model: "made-up-1", tokens: 5, denied: 3 },
    { platform: "west", model: "made-up-2", tokens: 4, denied: 4 },
  ],
  spend: [{ tenant: "web", ordinary: 2, extra: 0.25, allowed: 0.5, denied: 1 }],
  joins: { led: 9, joined: 4, alone: 1, entries: 2, bytes: 4_096 },
  cache: { hits: 6, misses: 3, renewals: 2, fallbacks: 1, displaced: 5, entries: 7, bytes: 8_192 },
  hedges: { sent: 3, won: 2, denied: 8 },
  limits: null,
};

it("prints each figure once, and the least of those whose names callers made up", () => {
  const lines = engineGauges(() => FIGURES)
    .map((one) => one.print())
    .join("")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("# HELP"));
  expect(lines).toEqual([
    "# TYPE fairlead_concurrency_limit gauge",
    'fairlead_concurrency_limit{platform="east",model="claude-haiku-4-5"} 12',
    'fairlead_concurrency_limit{platform="east",model="other"} 4',
    "# TYPE fairlead_in_flight gauge",
    'fairlead_in_flight{upstream="east"} 13',
    'fairlead_in_flight{upstream="west"} 0',
    "# TYPE fairlead_queue_waiting gauge",
    'fairlead_queue_waiting{priority="interactive"} 4',
    'fairlead_queue_waiting{priority="batch"} 1',
    "# TYPE fairlead_queue_refused_total counter",
    'fairlead_queue_refused_total{reason="full"} 3',
    'fairlead_queue_refused_total{reason="deadline"} 0',
    'fairlead_queue_refused_total{reason="max_wait"} 2',
    'fairlead_queue_refused_total{reason="overload"} 1',
    "# TYPE fairlead_quota_room gauge",
    'fairlead_quota_room{account="team",class="claude-sonnet-4",dimension="input"} 250',
    'fairlead_quota_room{account="team",class="other",dimension="input"} 40',
    "# TYPE fairlead_quota_headroom gauge",
    'fairlead_quota_headroom{account="team",class="claude-sonnet-4",dimension="input"} 0.5',
    'fairlead_quota_headroom{account="team",class="other",dimension="input"} 0.25',
    "# TYPE fairlead_cooldown_seconds gauge",
    'fairlead_cooldown_seconds{account="team",model="claude-haiku-4-5"} 2.5',
    'fairlead_cooldown_seconds{account="team",model="other"} 4',
    "# TYPE fairlead_balance_moves_total counter",
    "fairlead_balance_moves_total 6",
    "# TYPE fairlead_retry_budget_tokens gauge",
    'fairlead_retry_budget_tokens{platform="east",model="claude-haiku-4-5"} 7.5',
    'fairlead_retry_budget_tokens{platform="east",model="none"} 10',
    'fairlead_retry_budget_tokens{platform="west",model="other"} 4',
    "# TYPE fairlead_retry_denied_total counter",
    'fairlead_retry_denied_total{platform="east",model="claude-haiku-4-5"} 2',
    'fairlead_retry_denied_total{platform="east",model="none"} 0',
    'fairlead_retry_denied_total{platform="west",model="other"} 7',
    "# TYPE fairlead_spend_usd gauge",
    'fairlead_spend_usd{project="web",kind="ordinary"} 2',
    'fairlead_spend_usd{project="web",kind="extra"} 0.25',
    'fairlead_spend_usd{project="web",kind="allowed"} 0.5',
    "# TYPE fairlead_spend_denied_total counter",
    'fairlead_spend_denied_total{project="web"} 1',
    "# TYPE fairlead_joins_total counter",
    'fairlead_joins_total{how="led"} 9',
    'fairlead_joins_total{how="joined"} 4',
    'fairlead_joins_total{how="alone"} 1',
    "# TYPE fairlead_join_bytes gauge",
    "fairlead_join_bytes 4096",
    "# TYPE fairlead_cache_lookups_total counter",
    'fairlead_cache_lookups_total{result="hits"} 6',
    'fairlead_cache_lookups_total{result="misses"} 3',
    'fairlead_cache_lookups_total{result="renewals"} 2',
    'fairlead_cache_lookups_total{result="fallbacks"} 1',
    "# TYPE fairlead_cache_displaced_total counter",
    "fairlead_cache_displaced_total 5",
    "# TYPE fairlead_cache_entries gauge",
    "fairlead_cache_entries 7",
    "# TYPE fairlead_cache_bytes gauge",
    "fairlead_cache_bytes 8192",
    "# TYPE fairlead_hedges_total counter",
    'fairlead_hedges_total{what="sent"} 3',
    'fairlead_hedges_total{what="won"} 2',
    'fairlead_hedges_total{what="denied"} 8',
  ]);
});
