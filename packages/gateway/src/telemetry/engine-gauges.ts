// The engine's figures for Prometheus, read when somebody asks. Names that callers choose become few labels.

import { type EngineFigures, quotaClass } from "@fairlead/engine";
import { findModel } from "@fairlead/protocol";
import { Gauge } from "./registry.ts";

interface Sample {
  readonly values: readonly string[];
  readonly value: number;
}

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
  ];
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

/** One sample for each list of labels: the least, which is the one that somebody must worry about. */
function least(samples: readonly Sample[]): readonly Sample[] {
  const byLabels = new Map<string, Sample>();
  for (const sample of samples) {
    const key = sample.values.join("\u0001");
    const before = byLabels.get(key);
    if (before === undefined || sample.value < before.value) byLabels.set(key, sample);
  }
  return [...byLabels.values()];
}
