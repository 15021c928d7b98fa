// The numbers of `fairlead load` as they stand on the command line, with their bounds.

import { InvalidArgumentError } from "commander";

/** Bounds of what can be asked for. */
export const BOUNDS = {
  atOnce: 20_000,
  rate: 100_000,
  steps: 50,
  requests: 100_000_000,
  tokens: 1_000_000,
  tenants: 100_000,
  timeMs: 86_400_000,
  turns: 10_000,
  sigma: 3,
} as const;

/** One stage of a load: so many requests per second for so long. */
export interface Stage {
  readonly ms: number;
  readonly rate: number;
}

/** How many output tokens requests ask for: lognormal, the same for all with a sigma of 0. */
export interface AnswerTokens {
  readonly mean: number;
  /** Standard deviation of the logarithm. */
  readonly sigma: number;
}

const UNITS: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A list of levels such as `1,50,100`. Throws commander's error for arguments. */
export function readLevels(text: string, most: number, whole: boolean): number[] {
  const parts = text.split(",").map((part) => part.trim());
  const levels = parts.map(Number);
  const fine = levels.every((one, i) => {
    const shape = whole ? /^\d{1,9}$/ : /^\d{1,9}(\.\d{1,6})?$/;
    return shape.test(parts[i] ?? "") && one > 0 && one <= most;
  });
  const kind = whole ? "whole numbers" : "numbers";
  if (!fine) throw new InvalidArgumentError(`It must be ${kind} above 0 and up to ${most}, with commas between them.`);
  if (levels.length > BOUNDS.steps) throw new InvalidArgumentError(`There can be ${BOUNDS.steps} steps at most.`);
  return levels;
}

/** A whole number within bounds. Throws commander's error for arguments. */
export function readWhole(text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
}

/** A time such as `30s`, `500ms`, `2m`, in milliseconds. Throws commander's error for arguments. */
export function readTime(text: string, leastMs: number): number {
  const found = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text.trim());
  const ms = found === null ? Number.NaN : Number(found[1]) * (UNITS[found[2] ?? ""] ?? Number.NaN);
  if (ms >= leastMs && ms <= BOUNDS.timeMs) return ms;
  throw new InvalidArgumentError(`It must be a time from ${leastMs} ms to 24 h, such as 500ms, 30s or 2m.`);
}

/** A stage such as `20s:80`: for 20 s, 80 requests per second. Throws commander's error for arguments. */
export function readStage(text: string): Stage {
  const [time = "", rate = "", ...rest] = text.split(":");
  if (rest.length > 0 || rate === "") throw new InvalidArgumentError("It must be a time and a rate, such as 20s:80.");
  return { ms: readTime(time, 100), rate: readLevels(rate, BOUNDS.rate, false)[0] ?? 0 };
}

/** A length such as `800` or `800~1.2` (mean ~ sigma of the logarithm). Throws commander's error for arguments. */
export function readAnswerTokens(text: string): AnswerTokens {
  const [mean = "", sigma = "0", ...rest] = text.split("~");
  const spread = /^\d(\.\d{1,3})?$/.test(sigma) ? Number(sigma) : Number.NaN;
  if (rest.length > 0 || !(spread <= BOUNDS.sigma))
    throw new InvalidArgumentError(`It must be tokens, or their mean ~ sigma up to ${BOUNDS.sigma}, such as 800~1.2.`);
  return { mean: readWhole(mean, 1, BOUNDS.tokens), sigma: spread };
}

/** A header line such as `fairlead-priority: batch`. Throws commander's error for arguments. */
export function readHeader(text: string): readonly [string, string] {
  const found = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\u0020-\u007e]*)$/.exec(text);
  if (found === null) throw new InvalidArgumentError('It must be a header line, such as "fairlead-priority: batch".');
  const [, name = "", value = ""] = found;
  if (/^(host|content-length|transfer-encoding|connection|content-type)$/i.test(name))
    throw new InvalidArgumentError(`${name} is set by load itself.`);
  return [name, value];
}

/** A model's name. Throws commander's error for arguments. */
export function readModel(text: string): string {
  if (/^[\w.:@/-]{1,200}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be a model's name: letters, digits and . : @ / - _");
}
