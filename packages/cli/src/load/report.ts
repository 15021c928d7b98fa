// What a load came to, as text of at most 80 columns.

import type { Paint } from "../terminal.ts";
import { showCount, showNumber, showShare, showTime } from "./figures.ts";
import type { Bar, Times } from "./histogram.ts";
import type { StepResult } from "./step.ts";

/** How the text is drawn. `rich` on a terminal: blocks and colours; else plain characters. */
export interface Look {
  readonly paint: Paint;
  readonly rich: boolean;
}

const COLUMNS = 80;
const BARS = 14;
const BAR_COLUMNS = 40;
const FAILURES = 12;

/** Above this the tool itself was the limit: share of its thread's time, and of its own ceiling. */
export const BUSY = 0.85;
export const NEAR_CEILING = 0.7;

/** One step in full: counts, rates, times, failures, histogram. */
export function stepText(result: StepResult, ceilingRate: number | undefined, look: Look): string {
  const { score, plan } = result;
  const { paint } = look;
  const lines = [paint.bold(`${titleOf(plan)}, ${showTime(result.seconds * 1_000)}`)];
  const failed = `failed ${showCount(score.failed)} (${showShare(score.failed, score.requests)})`;
  lines.push(
    `  requests ${showCount(score.requests)}   ok ${showCount(score.ok)}   ${score.failed > 0 ? paint.bad(failed) : failed}${score.abandoned > 0 ? `   given up at the end ${score.abandoned}` : ""}`,
  );
  lines.push(
    `  rate     ${showNumber(score.inTime / result.seconds)} whole answers/s, ${showNumber(score.tokensInTime / result.seconds)} output tokens/s`,
  );
  if (score.requests === 0) lines.push("  Nothing has ended: measure for longer.");
  else lines.push("", paint.dim(`  ${"".padEnd(14)}${NAMES.map((name) => name.padStart(10)).join("")}`));
  if (score.ok > 0) lines.push(timesLine("whole answer", score.answered.times()));
  if (score.first.count > 0) lines.push(timesLine("first token", score.first.times()));
  if (score.failed > 0) lines.push(timesLine("failed after", score.failedAfter.times()));
  if (score.failed > 0) lines.push("", ...failureLines(result, look));
  const bars = score.answered.bars(BARS);
  if (bars.length > 0) lines.push("", ...barLines(bars, look));
  const notes = notesOf(result, ceilingRate);
  if (notes.length > 0)
    lines.push("", ...notes.flatMap((note) => wrapped(note).map((line) => `  ${paint.accent(line)}`)));
  return `${lines.join("\n")}\n`;
}

const NAMES = ["mean", "P50", "P90", "P95", "P99", "max"] as const;

function timesLine(name: string, times: Times): string {
  const columns = [times.mean, times.p50, times.p90, times.p95, times.p99, times.max];
  return `  ${name.padEnd(14)}${columns.map((ms) => showTime(ms).padStart(10)).join("")}`;
}

function failureLines({ score }: StepResult, { paint }: Look): string[] {
  const ranking = score.ranking();
  const width = showCount(ranking[0]?.count ?? 0).length;
  const lines = ranking.slice(0, FAILURES).flatMap(({ wrong, count }) => {
    const line = `  ${paint.bad(showCount(count).padStart(width))}  ${cut(wrong.what, COLUMNS - width - 4)}`;
    const why =
      wrong.message === "" ? [] : [paint.dim(`  ${"".padEnd(width)}  ${cut(wrong.message, COLUMNS - width - 4)}`)];
    return [line, ...why];
  });
  return ranking.length > FAILURES
    ? [...lines, `  and ${ranking.length - FAILURES} more kinds (--json has all)`]
    : lines;
}

function barLines(bars: readonly Bar[], { paint, rich }: Look): string[] {
  const most = Math.max(...bars.map(({ count }) => count));
  const all = bars.reduce((sum, { count }) => sum + count, 0);
  const ends = bars.map(({ toMs }) => `to ${showTime(toMs)}`);
  const width = Math.max(...ends.map((end) => end.length));
  const counts = Math.max(...bars.map(({ count }) => showCount(count).length));
  return bars.map(({ count }, i) => {
    const bar = barOf(count / most, rich);
    const share = count === 0 ? "" : `${showCount(count).padStart(counts)}  ${showShare(count, all)}`;
    return `  ${(ends[i] ?? "").padStart(width)}  ${paint.accent(bar.padEnd(BAR_COLUMNS))}  ${share}`.trimEnd();
  });
}

/** A bar of a share of the width; what is there at all can be seen. */
function barOf(share: number, rich: boolean): string {
  if (share === 0) return "";
  if (!rich) return "#".repeat(Math.max(1, Math.round(share * BAR_COLUMNS)));
  const eighths = Math.max(1, Math.round(share * BAR_COLUMNS * 8));
  return `${"█".repeat(Math.floor(eighths / 8))}${["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8] ?? ""}`;
}

/** What must be known to read a step right. */
export function notesOf(result: StepResult, ceilingRate: number | undefined): string[] {
  const { plan, score, busy } = result;
  const rate = score.inTime / result.seconds;
  const notes: string[] = [];
  if (busy >= BUSY || (ceilingRate !== undefined && rate >= ceilingRate * NEAR_CEILING)) {
    const most =
      ceilingRate === undefined
        ? ""
        : `; against a server that does nothing it reaches ${showNumber(ceilingRate)} requests/s here`;
    notes.push(
      `This tool was the limit: its thread was busy ${Math.round(busy * 100)} % of the time${most}. The server can do more than these rates, and the times hold the tool's own.`,
    );
  }
  if (result.waitedMs > 0) {
    notes.push(
      `All ${showCount(plan.connections)} connections were in use at times, and requests waited up to ${showTime(result.waitedMs)} for one. That time is counted. --connections allows more.`,
    );
  }
  if (plan.kind === "rate" && score.requests > 0) {
    const sent = score.requests / result.seconds;
    if (rate < plan.level * 0.9 && score.ok > 50 && sent >= plan.level * 0.9) {
      notes.push(
        `${showNumber(plan.level)} requests/s were sent and ${showNumber(rate)} answered in the time: more than the server takes at this rate.`,
      );
    }
  }
  const fair = score.fairness();
  if (fair !== undefined) {
    notes.push(
      `${showCount(score.byTenant.length)} tenants: whole answers each from ${showCount(Math.min(...score.byTenant))} to ${showCount(Math.max(...score.byTenant))}, Jain's index ${fair.toFixed(3)}.`,
    );
  }
  return notes;
}

/** All steps, a line each. */
export function summaryText(results: readonly StepResult[], look: Look): string {
  const open = results[0]?.plan.kind === "rate";
  const head = [
    open ? "rate" : "at once",
    "answers/s",
    "failed",
    "mean",
    "P50",
    "P95",
    "P99",
    "max",
    "first P50",
    "P99",
  ];
  const rows = results.map(({ plan, score, seconds }) => {
    const all = score.answered.times();
    const first = score.first.times();
    const times = [all.mean, all.p50, all.p95, all.p99, all.max].map((ms) => (score.ok === 0 ? "-" : short(ms)));
    const firsts = [first.p50, first.p99].map((ms) => (first.count === 0 ? "-" : short(ms)));
    return [
      `${showLevel(plan.level)}${open ? "/s" : ""}`,
      showNumber(score.inTime / seconds),
      score.failed === 0 ? "0" : showShare(score.failed, score.requests).replace(" %", "%"),
      ...times,
      ...firsts,
    ];
  });
  const widths = head.map((name, i) => Math.max(name.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) => cells.map((cell, i) => cell.padStart(widths[i] ?? 0)).join(tight(widths));
  return `${[look.paint.dim(line(head)), ...rows.map(line)].join("\n")}\n`;
}

/** Two blanks between columns where they fit. */
function tight(widths: readonly number[]): string {
  const sum = widths.reduce((all, width) => all + width, 0);
  return sum + 2 * (widths.length - 1) <= COLUMNS ? "  " : " ";
}

/** As `showTime`, without the blank: for many columns. */
function short(ms: number): string {
  return showTime(ms).replace(" ", "");
}

function showLevel(level: number): string {
  return Number.isInteger(level) ? showCount(level) : String(level);
}

function titleOf({ kind, level }: StepResult["plan"]): string {
  return kind === "rate" ? `${showLevel(level)} requests/s` : `${showLevel(level)} at once`;
}

/** The line that is redrawn while a step runs. */
export function progressText(
  step: { readonly score: StepResult["score"]; readonly progress: number; readonly underWay: number },
  plan: StepResult["plan"],
  place: { readonly at: number; readonly of: number; readonly now: number },
): string {
  const { score } = step;
  const bar = "█".repeat(Math.floor(step.progress * 10)).padEnd(10, "·");
  const seconds = (place.now - score.from) / 1_000;
  const parts = [
    `${place.of > 1 ? `${place.at}/${place.of} ` : ""}${bar} ${titleOf(plan)}`,
    seconds < 0 ? "warming up" : `${showCount(score.requests)} done`,
    ...(seconds > 0.5 ? [`${showNumber(score.ok / seconds)}/s`] : []),
    ...(score.ok > 0 ? [`P50 ${showTime(score.answered.at(0.5))}`] : []),
    `${showCount(step.underWay)} under way`,
    ...(score.failed > 0 ? [`${showCount(score.failed)} failed`] : []),
  ];
  return cut(parts.join("  "), COLUMNS - 1);
}

/** Characters that take two columns (East Asian Wide and Fullwidth; UAX #11). */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u;

/** Cuts to a number of columns. What a server wrote to steer the terminal, or to turn text round, becomes blanks. */
export function cut(text: string, columns: number): string {
  const clean = text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ");
  if (clean.length * 2 <= columns) return clean;
  let kept = "";
  let width = 0;
  for (const char of clean) {
    const next = WIDE.test(char) ? 2 : 1;
    if (width + next > columns) return `${trimmed(kept, width, columns)}…`;
    kept += char;
    width += next;
  }
  return kept;
}

/** Columns that a text takes in a terminal. */
export function columnsOf(text: string): number {
  let width = 0;
  for (const char of text) width += WIDE.test(char) ? 2 : 1;
  return width;
}

/** A text with blanks behind it up to a number of columns. */
export function padded(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

/** Makes room for the mark of a cut. */
function trimmed(kept: string, width: number, columns: number): string {
  return width < columns ? kept : [...kept].slice(0, -1).join("");
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > COLUMNS - 2) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
