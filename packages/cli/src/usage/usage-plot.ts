// A plot of usage in the terminal: columns over time, bars for names, at most 80 columns wide, fewer on a narrow one.

import { formatUsd } from "@fairlead/protocol";
import { columnsOf, cut, padded } from "../load/report.ts";
import { oneLine, type Paint } from "../terminal.ts";
import type { Dimension, Line } from "./usage-line.ts";
import { nameOf, short } from "./usage-text.ts";

const COLUMNS = 80;
const LEAST_COLUMNS = 40;
/** Lines of a plot over time. */
const HEIGHT = 10;
const STEPS = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
const PARTS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];
const HOUR = 3_600_000;

/** Columns that a drawing may take: those of the terminal, 40 to 80. */
export function columnsFor(stream: { readonly columns?: number | undefined }): number {
  return Math.max(LEAST_COLUMNS, Math.min(COLUMNS, stream.columns ?? COLUMNS));
}

/** What is drawn. */
export type Measure = "cost" | "tokens" | "requests";

/** The plot as lines: over time when the first dimension is a time, else a bar for each line, the largest first. */
export function plotLines(
  lines: readonly Line[],
  by: readonly Dimension[],
  period: { readonly from: number; readonly to: number },
  measure: Measure,
  paint: Paint,
  screen: number = COLUMNS,
): string[] {
  const value = (line: Line) => amountOf(line, measure);
  const [first] = by;
  if (first === "day" || first === "hour") {
    const width = first === "day" ? 24 * HOUR : HOUR;
    const sums = new Map<number, number>();
    for (const line of lines) sums.set(line.at ?? 0, (sums.get(line.at ?? 0) ?? 0) + value(line));
    return overTime(sums, { ...period, width, measure, screen }, paint);
  }
  const bars = lines.map((line) => ({
    name: oneLine(by.map((one) => nameOf(line, one)).join(" ")),
    value: value(line),
  }));
  return barLines(
    bars.sort((a, b) => b.value - a.value),
    measure,
    paint,
    screen,
  );
}

function overTime(
  sums: ReadonlyMap<number, number>,
  { from, to, width, measure, screen }: { from: number; to: number; width: number; measure: Measure; screen: number },
  paint: Paint,
): string[] {
  const begin = Math.floor(from / width) * width;
  const times = Array.from({ length: Math.ceil((to - begin) / width) }, (_, i) => begin + i * width);
  // More columns than there is room for: several times share one.
  const values = times.map((at) => sums.get(at) ?? 0);
  // What stands at the left is between the largest and the sum of all; small amounts have the longer text.
  const ends = [Math.max(0, ...values), values.reduce((sum, one) => sum + one, 0)];
  const margin = Math.max(8, ...ends.map((one) => shown(one, measure).length));
  const room = screen - margin - 2;
  const share = Math.max(1, Math.ceil(times.length / room));
  const columns: number[] = [];
  for (let i = 0; i < times.length; i += share)
    columns.push(times.slice(i, i + share).reduce((sum, at) => sum + (sums.get(at) ?? 0), 0));
  const thick = Math.max(1, Math.min(6, Math.floor(room / columns.length)));
  const gap = thick > 2 ? 1 : 0;
  const most = Math.max(...columns, 0);
  if (most === 0) return [paint.dim("nothing was used in this time")];
  const lines: string[] = [];
  for (let row = HEIGHT - 1; row >= 0; row--) {
    const label = row === HEIGHT - 1 ? shown(most, measure) : row === 0 ? "0" : "";
    const cells = columns.map((one) => {
      const eighths = Math.round((one / most) * HEIGHT * 8) - row * 8;
      // What is there at all is seen.
      const step = row === 0 && one > 0 ? Math.max(1, eighths) : eighths;
      return (STEPS[Math.min(8, Math.max(0, step))] ?? " ").repeat(thick - gap) + " ".repeat(gap);
    });
    lines.push(`${paint.dim(label.padStart(margin))} ${paint.accent(cells.join("").trimEnd())}`.trimEnd());
  }
  const label = (at: number) =>
    new Date(at)
      .toISOString()
      .slice(5, width === HOUR ? 13 : 10)
      .replace("T", " ");
  const left = label(begin);
  const last = label(times.at(-1) ?? begin);
  const right = last === left ? "" : last;
  const span = Math.max(left.length + right.length + 1, columns.length * thick);
  lines.push(paint.dim(`${" ".repeat(margin + 1)}${left}${right.padStart(span - left.length)}`.trimEnd()));
  return lines;
}

function barLines(
  bars: ReadonlyArray<{ readonly name: string; readonly value: number }>,
  measure: Measure,
  paint: Paint,
  screen: number,
): string[] {
  const most = Math.max(...bars.map((bar) => bar.value), 0);
  if (most === 0) return [paint.dim("nothing was used in this time")];
  const names = Math.min(30, Math.floor(screen / 2) - 8, Math.max(...bars.map((bar) => columnsOf(bar.name))));
  const values = Math.max(...bars.map((bar) => shown(bar.value, measure).length));
  const room = Math.max(1, screen - names - values - 2);
  return bars.map(({ name, value }) => {
    const eighths = value === 0 ? 0 : Math.max(1, Math.round((value / most) * room * 8));
    const bar = "█".repeat(eighths >> 3) + (PARTS[eighths & 7] ?? "");
    return `${padded(cut(name, names), names)} ${shown(value, measure).padStart(values)} ${paint.accent(bar)}`.trimEnd();
  });
}

function amountOf(line: Line, measure: Measure): number {
  if (measure === "cost") return Number(line.pico);
  if (measure === "requests") return line.attempts;
  return (
    line.input_tokens +
    line.cache_write_5m_tokens +
    line.cache_write_1h_tokens +
    line.cache_read_tokens +
    line.output_tokens
  );
}

function shown(value: number, measure: Measure): string {
  return measure === "cost" ? formatUsd(value) : short(value);
}
