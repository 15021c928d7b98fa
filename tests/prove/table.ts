// The table of the proof: each goal's figures, ours beside each peer's, over the seeds that were played.

import { quantile } from "./figures.ts";
import type { Goal, Measure } from "./goal.ts";
import type { Done } from "./worker.ts";

/** A measure over the seeds of one subject. */
export interface Cell {
  readonly p50: number;
  /** The 95th percentile on the bad side: where low is bad, the 5th. */
  readonly p95: number;
  /** The worst seed, and its figure. */
  readonly worst: number;
  readonly worstSeed: string;
  readonly sum: number;
  readonly seeds: number;
}

/** Puts the runs of one subject and goal together; undefined where the subject has no such figure. */
export function cellOf(measure: Measure, at: number, runs: readonly Done[]): Cell | undefined {
  const known = runs.filter(({ figures }) => !Number.isNaN(figures[at] ?? Number.NaN));
  if (known.length === 0) return undefined;
  const up = measure.worse === "high";
  const values = known.map(({ figures }) => figures[at] as number);
  let worst = known[0] as Done;
  for (const one of known) {
    const now = one.figures[at] as number;
    const before = worst.figures[at] as number;
    if (up ? now > before : now < before) worst = one;
  }
  return {
    p50: quantile([...values], 0.5),
    p95: up
      ? quantile([...values], 0.95)
      : -quantile(
          values.map((value) => -value),
          0.95,
        ),
    worst: worst.figures[at] as number,
    worstSeed: worst.job.seed,
    sum: values.reduce((sum, value) => sum + value, 0),
    seeds: known.length,
  };
}

/** Whether a cell reaches its measure's aim. */
export function reached(measure: Measure, cell: Cell): boolean {
  if (measure.aim === undefined) return true;
  const value = judged(measure, cell);
  return measure.aim.is === "at most" ? value <= measure.aim.value : value >= measure.aim.value;
}

function judged(measure: Measure, cell: Cell): number {
  if (measure.over === "sum") return cell.sum;
  if (measure.over === "mean") return cell.sum / cell.seeds;
  return measure.over === "all" ? cell.worst : measure.over === "p50" ? cell.p50 : cell.p95;
}

/** A figure with its unit. */
export function show(measure: Measure, value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "never";
  if (measure.unit === "%") return `${(value * 100).toFixed(measure.digits)} %`;
  return `${value.toFixed(measure.digits)}${measure.unit === "" ? "" : ` ${measure.unit}`}`;
}

/** Both quantiles, once when they read the same. */
export function showCell(measure: Measure, cell: Cell | undefined): string {
  if (cell === undefined) return "-";
  if (measure.over === "sum") return show(measure, cell.sum);
  const low = show(measure, cell.p50);
  const high = show(measure, cell.p95);
  const both = low === high ? low : `${low} / ${high}`;
  return measure.over === "mean" ? `${both}, mean ${show(measure, cell.sum / cell.seeds)}` : both;
}

/** What must come out, in words. */
export function showAim(measure: Measure): string {
  if (measure.aim === undefined) return "";
  const sign = measure.aim.is === "at most" ? "<=" : ">=";
  const over =
    measure.over === "all"
      ? ", every seed"
      : measure.over === "p50"
        ? ", median"
        : measure.over === "mean"
          ? ", mean"
          : "";
  return `${sign} ${show(measure, measure.aim.value)}${over}`;
}

/** One line of the table. */
export interface Line {
  readonly goal: Goal;
  readonly measure: Measure;
  readonly met: boolean | undefined;
  readonly cells: ReadonlyArray<{ readonly subject: string; readonly cell: Cell | undefined }>;
}

/** All lines of the goals that were played. */
export function linesOf(goals: readonly Goal[], subjects: readonly string[], runs: readonly Done[]): Line[] {
  return goals.flatMap((goal) =>
    goal.measures.map((measure, at) => {
      const cells = subjects.map((subject) => {
        const own = runs.filter(({ job }) => job.goal === goal.id && job.subject === subject);
        return { subject, cell: cellOf(measure, at, own) };
      });
      const ours = cells[0]?.cell;
      const met = measure.aim === undefined || ours === undefined ? undefined : reached(measure, ours);
      return { goal, measure, met, cells };
    }),
  );
}

/** The table for a terminal: a block per measure, a line per subject. */
export function printed(lines: readonly Line[]): string {
  const out: string[] = [];
  let goal: Goal | undefined;
  for (const line of lines) {
    if (line.goal !== goal) {
      goal = line.goal;
      out.push("", `${goal.id}  ${goal.title}`);
    }
    const verdict = line.met === undefined ? "" : line.met ? "met" : "MISSED";
    out.push(`  ${line.measure.name}  ${showAim(line.measure)}  ${verdict}`.trimEnd());
    const shown = line.cells.filter(({ cell }) => cell !== undefined);
    out.push(`    ${shown.map(({ subject, cell }) => `${subject} ${showCell(line.measure, cell)}`).join(" | ")}`);
    const ours = line.cells[0]?.cell;
    if (line.met === false && ours !== undefined) {
      out.push(`    worst seed ${ours.worstSeed}: ${show(line.measure, ours.worst)}`);
    }
  }
  return out.join("\n");
}
