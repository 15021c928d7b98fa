// The time that a report is about, as the options say it.

import { parseDay, parseRfc3339 } from "@fairlead/protocol";
import { CliError } from "../cli-error.ts";

const HOUR = 3_600_000;
const UNITS: { readonly [unit: string]: number } = { h: HOUR, d: 24 * HOUR, w: 7 * 24 * HOUR };
/** The longest that can be asked for at once: what the ledger can keep. */
const MOST_DAYS = 3_650;
const DEFAULT_MS = 7 * 24 * HOUR;

/** Options of a period. */
export interface PeriodOptions {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly last?: string | undefined;
}

/** From (inclusive) to (exclusive), Unix milliseconds, whole hours of UTC. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/**
 * The period of the options: `--last 24h`, or `--from` and `--to` as a day or a time; else the last seven days. With whole
 * days it begins at midnight. Throws a CliError.
 * @param now Unix milliseconds
 * @param width of a bucket, milliseconds: the beginning is rounded down to it
 */
export function periodOf({ from, to, last }: PeriodOptions, now: number, width: number): Period {
  if (last !== undefined && (from !== undefined || to !== undefined))
    throw new CliError("--last and --from or --to are two ways to say the same: use one", 2);
  const until = to === undefined ? Math.ceil((now + 1) / HOUR) * HOUR : timeOf(to, "--to");
  const length = last === undefined ? DEFAULT_MS : lengthOf(last);
  const begin = from === undefined ? Math.floor((until - length) / width) * width : timeOf(from, "--from");
  if (begin >= until && to === undefined)
    throw new CliError(`--from lies ahead: it is ${new Date(now).toISOString().slice(0, 16)}Z`, 2);
  if (begin >= until) throw new CliError("the period is empty: --from must be before --to", 2);
  if (until - begin > MOST_DAYS * 24 * HOUR)
    throw new CliError(`the period is longer than ${MOST_DAYS} days: ask for less with --from, --to or --last`, 2);
  return { from: Math.floor(begin / HOUR) * HOUR, to: Math.ceil(until / HOUR) * HOUR };
}

function lengthOf(text: string): number {
  const found = /^(\d{1,5})([hdw])$/.exec(text.trim());
  const ms = found === null ? 0 : Number(found[1]) * (UNITS[found[2] ?? ""] ?? 0);
  if (ms <= 0) throw new CliError("--last must be a time such as 24h, 7d or 4w", 2);
  return ms;
}

function timeOf(text: string, option: string): number {
  const ms = parseDay(text) ?? parseRfc3339(text);
  if (ms === undefined)
    throw new CliError(`${option} must be a day such as 2026-11-21 or a time such as 2026-11-21T10:00:00Z`, 2);
  return ms;
}
