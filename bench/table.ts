// The tables on the terminal: candidate by metric, with ratios of the same round.
import { CANDIDATE_NAMES } from "./candidates/candidate.ts";
import { byRound } from "./results.ts";
import type { Row } from "./row.ts";
import { type Metric, SCENARIOS, type Scenario } from "./scenarios.ts";
import { pairedDifferences, pairedRatios, type Spread, spread } from "./statistics.ts";

/** Lays out rows of cells in columns two spaces apart; the first column is left-aligned, and those named in `left`. */
export function layOut(cells: readonly (readonly string[])[], left: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of cells) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 || left.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  return cells.map(line).join("\n");
}

/** "12.3 (11.0-14.1)", or "-" when there is nothing; the range only when there is more than one value. */
export function show(s: Spread | undefined, digits: number, suffix = "", sign = false): string {
  if (s === undefined) return "-";
  const mark = (value: number) => `${sign && value >= 0 ? "+" : ""}${value.toFixed(digits)}`;
  return `${mark(s.median)}${suffix}${s.n > 1 ? ` (${mark(s.min)} to ${mark(s.max)})` : ""}`;
}

function heads(metric: Metric): string[] {
  const name = `${metric.name} ${metric.unit}`;
  if (metric.compare === "ratio") return [name, "vs nginx", "less than portkey"];
  return metric.compare === "added" ? [name, "over direct"] : [name];
}

function cellsOf(
  rows: readonly Row[],
  scenario: Scenario,
  candidate: (typeof CANDIDATE_NAMES)[number],
  metric: Metric,
): string[] {
  const of = (name: typeof candidate) => byRound(rows, scenario.name, name, metric.read);
  const own = of(candidate);
  const value = show(spread([...own.values()]), metric.digits);
  if (metric.compare === "plain") return [value];
  if (metric.compare === "added")
    return [
      value,
      candidate === "direct" ? "-" : show(spread(pairedDifferences(own, of("direct"))), metric.digits, "", true),
    ];
  const nginx = candidate === "nginx" ? "-" : show(spread(pairedRatios(own, of("nginx"))), 2, "x");
  const portkey = candidate === "portkey" ? "-" : show(spread(pairedRatios(of("portkey"), own)), 1, "x");
  return [value, nginx, portkey];
}

/** The table of one scenario; empty when no row is of it. */
export function scenarioTable(rows: readonly Row[], scenario: Scenario): string {
  const mine = rows.filter((row) => row.scenario === scenario.name);
  if (mine.length === 0) return "";
  const cells = [["", ...scenario.metrics.flatMap(heads)]];
  for (const candidate of CANDIDATE_NAMES) {
    if (!mine.some((row) => row.candidate === candidate)) continue;
    cells.push([candidate, ...scenario.metrics.flatMap((metric) => cellsOf(rows, scenario, candidate, metric))]);
  }
  const failed = mine
    .filter((row) => row.failure !== undefined)
    .map((row) => `  FAILED ${row.candidate}, round ${row.round}: ${row.failure}`);
  const foreign = Math.max(...mine.map((row) => row.foreignCpus));
  const noise = foreign > 0.3 ? [`  note: up to ${foreign.toFixed(1)} CPUs were busy with something else`] : [];
  return [`${scenario.name}: ${scenario.about}`, layOut(cells), ...failed, ...noise].join("\n");
}

/** All tables, with what the figures are. */
export function allTables(rows: readonly Row[]): string {
  const tables = SCENARIOS.map((scenario) => scenarioTable(rows, scenario)).filter((table) => table !== "");
  const legend =
    "median (min to max) over the rounds; ratios and differences are of the same round. CPU is that of the proxy's processes; the CPU of direct is the mock's.";
  return [...tables, legend].join("\n\n");
}
