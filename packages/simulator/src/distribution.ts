// Distributions of waiting times and rates: how they are written, checked and drawn.

import { between, exponential, normal, type Random } from "@fairlead/runtime";

/** A plain number is the same as `{kind:'fixed', value}`. Units are those of the option it stands in (ms, tokens per second). */
export type Distribution =
  | number
  | { kind: "fixed"; value: number }
  | { kind: "uniform"; low: number; high: number }
  | { kind: "normal"; mean: number; deviation: number }
  | { kind: "lognormal"; median: number; sigma: number }
  | { kind: "exponential"; mean: number };

const FIELDS: Record<string, readonly string[]> = {
  fixed: ["value"],
  uniform: ["low", "high"],
  normal: ["mean", "deviation"],
  lognormal: ["median", "sigma"],
  exponential: ["mean"],
};

/** Draws one value, never below 0. */
export function draw(distribution: Distribution, random: Random): number {
  if (typeof distribution === "number") return distribution;
  switch (distribution.kind) {
    case "fixed":
      return distribution.value;
    case "uniform":
      return between(random, distribution.low, distribution.high);
    case "normal":
      return Math.max(0, distribution.mean + distribution.deviation * normal(random));
    case "lognormal":
      return distribution.median * Math.exp(distribution.sigma * normal(random));
    case "exponential":
      return exponential(random, distribution.mean);
  }
}

/** What is wrong with a distribution from outside, or undefined when nothing is. */
export function distributionProblem(value: unknown): string | undefined {
  if (typeof value === "number") return value >= 0 ? undefined : "must not be negative";
  if (typeof value !== "object" || value === null) return "must be a number or {kind: ...}";
  const record = value as Record<string, unknown>;
  const fields = FIELDS[String(record.kind)];
  if (fields === undefined) return `kind must be one of ${Object.keys(FIELDS).join(", ")}`;
  for (const field of fields) {
    const number = record[field];
    if (typeof number !== "number" || !(number >= 0)) return `${record.kind} needs ${field}, a number of at least 0`;
  }
  const extra = Object.keys(record).find((key) => key !== "kind" && !fields.includes(key));
  return extra === undefined ? undefined : `${record.kind} knows no "${extra}"; it takes ${fields.join(" and ")}`;
}
