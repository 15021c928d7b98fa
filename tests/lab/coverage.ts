// Which rows of the catalogue the lab plays, and which it says that it does not.

import { NOT_PRODUCED } from "./not-produced.ts";
import { ROWS } from "./rows.ts";
import type { Named } from "./scenario.ts";

/** What is amiss in the book-keeping; empty when every row is played or listed, and none is both. */
export function coverageProblems(scenarios: readonly Named[]): string[] {
  const played = new Set(scenarios.flatMap(({ scenario }) => scenario.rows));
  const listed = NOT_PRODUCED.map(({ row }) => row);
  const known = new Set(ROWS.map(({ id }) => id));
  return [
    ...ROWS.filter(({ id }) => !played.has(id) && !listed.includes(id)).map(
      ({ id }) => `${id} is neither played nor listed as not produced`,
    ),
    ...listed.filter((row) => played.has(row)).map((row) => `${row} is listed as not produced, and played`),
    ...listed
      .filter((row) => !known.has(row))
      .map((row) => `${row} is listed as not produced, and not in the catalogue`),
    ...listed.filter((row, index) => listed.indexOf(row) !== index).map((row) => `${row} is listed twice`),
    ...NOT_PRODUCED.filter(({ reason }) => reason.length < 10).map(({ row }) => `${row} has no reason`),
  ];
}

/** How many scenarios of a kind there are. */
export function countOf(scenarios: readonly Named[], kind: Named["scenario"]["kind"]): number {
  return scenarios.filter(({ scenario }) => scenario.kind === kind).length;
}
