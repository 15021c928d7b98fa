// The engine's figures for Prometheus, read when somebody asks. Names that callers choose become few labels.

import { type EngineFigures, quotaClass } from "@fairlead/engine";
import { findModel } from "@fairlead/protocol";
import { Gauge, type Sample } from "./registry.ts";

/** The gauges and read counters of one engine. */
export function engineGauges(figures: () => EngineFigures): readonly Gauge[] {
  return [
    new Gauge(
      "fairlead_concurrency_limit",
      "Attempts that may be under way at once, as learned from overload; absent while nothing showed that there are too many.",
      ["platform", "model"],
      () =>
        least(
          figures().loads.flatMap(({ platform, model, limit }) =>
            limit === null ? [] : [{ values: [platform, modelLabel(model)], value: limit }],
          ),
        ),
    ),
    new Gauge("fairlead_in_flight", "Attempts under way, until the last byte of their answer.", ["upstream"], () =>
      figures().upstreams.map(({ upstream, inFlight }) => ({ values: [upstream], value: inFlight })),
    ),
    new Gauge("fairlead_queue_waiting", "Requests that wait here for room.", ["priority"], () =>
      figures().queue.classes.map(({ priority, waiting }) => ({ values: [priority], value: waiting })),
    ),
    new Gauge(
      "fairlead_queue_refused_total",
      "Requests refused because of the queue: full (no place), deadline (too little time), max_wait (waited as long as it may), overload (the queue did not move).",
      ["reason"],
      () => Object.entries(figures().queue.refused).map(([reason, value]) => ({ values: [reason], value })),
      "counter",
    ),
    new Gauge(
      "fairlead_quota_room",
      "What may go at once now under the limits of an account, in requests or tokens.",
      ["account", "class", "dimension"],
      () =>
        least(
          figures().quotas.map(({ account, modelClass, dimension, room }) => ({
            values: [account, classLabel(modelClass), dimension],
            value: room,
          })),
        ),
    ),
    new Gauge(
      "fairlead_quota_headroom",
      "What the upstream should have left of a limit of an account, 0 to 1.",
      ["account", "class", "dimension"],
      () =>
        least(
          figures().quotas.map(({ account, modelClass, dimension, headroom }) => ({
            values: [account, classLabel(modelClass), dimension],
            value: headroom,
          })),
        ),
    ),
    new Gauge(
      "fairlead_cooldown_seconds",
      "How long an account is left alone with a model after a rate limit; absent while it is not.",
      ["account", "model"],
      () =>
        merged(
          figures().cooldowns.map(({ account, model, waitMs }) => ({
            values: [account, modelLabel(model)],
            value: waitMs / 1_000,
          })),
          Math.max,
        ),
    ),
    new Gauge(
      "fairlead_balance_moves_total",
      "Conversations that went to another upstream than before.",
      [],
      () => [{ values: [], value: figures().balance.moves }],
      "counter",
    ),
    new Gauge(
      "fairlead_retry_budget_tokens",
      "Tokens left in the retry budget; repeats stop when half of it is gone.",
      ["platform", "model"],
      () =>
        least(
          figures().budgets.map(({ platform, model, tokens }) => ({
            values: [platform, modelLabel(model)],
            value: tokens,
          })),
        ),
    ),
    new Gauge(
      "fairlead_retry_denied_total",
      "Repeats and hedges that the retry budget did not pay for.",
      ["platform", "model"],
      () =>
        summed(
          figures().budgets.map(({ platform, model, denied }) => ({
            values: [platform, modelLabel(model)],
            value: denied,
          })),
        ),
      "counter",
    ),
    new Gauge(
      "fairlead_spend_usd",
      "Spend within the window of the cap on repeats: ordinary on first attempts, extra on repeats and hedges, allowed the most that extra may be.",
      ["project", "kind"],
      () =>
        figures().spend.flatMap(({ tenant, ordinary, extra, allowed }) =>
          Object.entries({ ordinary, extra, allowed }).map(([kind, value]) => ({ values: [tenant, kind], value })),
        ),
    ),
    new Gauge(
      "fairlead_spend_denied_total",
      "Repeats and hedges that would have cost a project too much.",
      ["project"],
      () => figures().spend.map(({ tenant, denied }) => ({ values: [tenant], value: denied })),
      "counter",
    ),
    ...reuseGauges(figures),
  ];
}

/** What was shared, kept and sent twice. */
function reuseGauges(figures: () => EngineFigures): readonly Gauge[] {
  return [
    new Gauge(
      "fairlead_joins_total",
      "Requests that could be joined (led), shared what became of another (joined), or went alone for want of room or time (alone).",
      ["how"],
      () => counts(figures().joins, ["led", "joined", "alone"]),
      "counter",
    ),
    new Gauge("fairlead_join_bytes", "Bytes that shared answers keep.", [], () => one(figures().joins.bytes)),
    new Gauge(
      "fairlead_cache_lookups_total",
      "Requests looked for in the cache of answers: hits; misses, of which renewals were made anew before they lapsed; fallbacks, the hits whose renewal failed.",
      ["result"],
      () => counts(figures().cache, ["hits", "misses", "renewals", "fallbacks"]),
      "counter",
    ),
    new Gauge(
      "fairlead_cache_displaced_total",
      "Answers that had to make room for others before they lapsed.",
      [],
      () => one(figures().cache.displaced),
      "counter",
    ),
    new Gauge("fairlead_cache_entries", "Answers that are kept.", [], () => one(figures().cache.entries)),
    new Gauge("fairlead_cache_bytes", "Bytes that kept answers take.", [], () => one(figures().cache.bytes)),
    new Gauge(
      "fairlead_hedges_total",
      "Second attempts beside a stalled one: sent; won, those of them that were first; denied, not sent for the sake of a share, the spend or the retry budget.",
      ["what"],
      () => counts(figures().hedges, ["sent", "won", "denied"]),
      "counter",
    ),
  ];
}

function one(value: number): readonly Sample[] {
  return [{ values: [], value }];
}

function counts<K extends string>(from: { readonly [N in K]: number }, names: readonly K[]): readonly Sample[] {
  return names.map((name) => ({ values: [name], value: from[name] }));
}

/** A model's label: its name when it is a known model, `none` without one, else `other`, for callers choose names. */
function modelLabel(model: string): string {
  return model === "" ? "none" : (findModel(model)?.id ?? "other");
}

function classLabel(modelClass: string): string {
  if (modelClass === "") return "none";
  if (modelClass === "claude-opus-4" || modelClass === "claude-sonnet-4") return modelClass;
  const id = findModel(modelClass)?.id;
  return id === undefined ? "other" : quotaClass(id);
}

/** One sample for each list of labels: the sum. */
function summed(samples: readonly Sample[]): readonly Sample[] {
  return merged(samples, (a, b) => a + b);
}

/** One sample for each list of labels: the least, which is the one that somebody must worry about. */
function least(samples: readonly Sample[]): readonly Sample[] {
  return merged(samples, Math.min);
}

function merged(samples: readonly Sample[], how: (a: number, b: number) => number): readonly Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const { values, value } of samples) {
    const key = values.join("\u0001");
    const before = byLabels.get(key);
    byLabels.set(key, { values, value: before === undefined ? value : how(before.value, value) });
  }
  return [...byLabels.values()];
}
