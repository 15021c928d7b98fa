// Figures by candidate and round, read from the rows that count.
import type { CandidateName } from "./candidates/candidate.ts";
import type { Row, ScenarioName } from "./row.ts";
import type { Metric } from "./scenarios.ts";

/** The values of one metric of one candidate, by round; failed rows are left out. */
export function byRound(
  rows: readonly Row[],
  scenario: ScenarioName,
  candidate: CandidateName,
  read: Metric["read"],
): Map<number, number> {
  const values = new Map<number, number>();
  for (const row of rows) {
    if (row.scenario !== scenario || row.candidate !== candidate || row.failure !== undefined) continue;
    const value = read(row);
    if (value !== undefined) values.set(row.round, value);
  }
  return values;
}
