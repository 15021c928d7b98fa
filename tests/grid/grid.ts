// The whole grid: plays every cell, judges it, and prints the table.

import { FAULT_GRID, type GridCell } from "@fairlead/simulator";
import { expected, expectedAlone, expectedHeld } from "./expectation.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { ATTEMPTS, faultless, type Play, play, TIMES } from "./play.ts";

/** A played and judged cell. */
export interface Verdict {
  readonly cell: GridCell;
  readonly pair: Outcome;
  readonly alone: Outcome;
  /** With the stream held until it is whole; undefined for JSON. */
  readonly held: Outcome | undefined;
  /** Attempts that the gateway told. */
  readonly attempts: number;
  readonly aloneAttempts: number;
  readonly heldAttempts: number;
  readonly ms: number;
  readonly aloneMs: number;
  /** What must not be; empty when all is well. */
  readonly violations: readonly string[];
}

/** Cells played at the same time: many of them only wait. */
const AT_ONCE = 8;
/** A request may end this much after its deadline, on a busy machine, milliseconds. */
const SLACK_MS = 1_000;
/** Faults of connections that a simulator cannot count, since they never reach it. */
const UNCOUNTED = new Set(["refuse"]);

/**
 * Plays the cells, all of them by default. A cell with a violation is played again by itself when the others are done:
 * time-outs of a second are short for a machine that does eight things at once.
 * @param tell called as each cell is done
 */
export async function playGrid(
  tell: (verdict: Verdict) => void = () => {},
  cells: readonly GridCell[] = FAULT_GRID,
): Promise<Verdict[]> {
  const right = { streamed: await faultless(true), json: await faultless(false) };
  const rightOf = (cell: GridCell) => (cell.streamed ? right.streamed : right.json);
  const verdicts = new Map<GridCell, Verdict>();
  const waiting = [...cells];
  const lane = async () => {
    for (let cell = waiting.shift(); cell !== undefined; cell = waiting.shift()) {
      const verdict = judge(await play(cell), rightOf(cell));
      verdicts.set(cell, verdict);
      tell(verdict);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const [cell, { violations }] of verdicts) {
    if (violations.length > 0) verdicts.set(cell, judge(await play(cell), rightOf(cell)));
  }
  return cells.map((cell) => verdicts.get(cell) as Verdict);
}

/** Judges one played cell. */
function judge({ cell, direct, pair, alone, held }: Play, right: Play["direct"]): Verdict {
  const outcome = outcomeOf(cell, pair.seen, direct, right, pair.ids);
  const aloneOutcome = outcomeOf(cell, alone.seen, direct, right, alone.ids);
  const violations: string[] = [];
  const { outcomes } = expected(cell);
  if (!outcomes.includes(outcome)) violations.push(`came to "${outcome}", must be ${outcomes.join(" or ")}`);
  const aloneMay = expectedAlone(cell, direct.status, outcome);
  if (!aloneMay.includes(aloneOutcome))
    violations.push(`alone it came to "${aloneOutcome}", must be ${aloneMay.join(" or ")}`);
  const heldOutcome = held === undefined ? undefined : outcomeOf(cell, held.seen, direct, right, held.ids);
  const heldMay = expectedHeld(cell);
  if (heldOutcome !== undefined && !heldMay.includes(heldOutcome))
    violations.push(`held it came to "${heldOutcome}", must be ${heldMay.join(" or ")}`);
  for (const [how, run] of [
    ["", pair],
    ["alone: ", alone],
    ["held: ", held],
  ] as const) {
    if (run === undefined) continue;
    const told = attemptsOf(run);
    const counted = Object.values(run.reached).reduce((sum, count) => sum + count, 0);
    if (told > ATTEMPTS || counted > ATTEMPTS)
      violations.push(`${how}${told} attempts told and ${counted} counted, more than ${ATTEMPTS}`);
    if (told !== counted && !UNCOUNTED.has(cell.fault))
      violations.push(`${how}${told} attempts told, ${counted} counted`);
    if (!run.fired && !UNCOUNTED.has(cell.fault)) violations.push(`${how}the fault never struck`);
    if (run.seen.totalMs > TIMES.total + SLACK_MS)
      violations.push(`${how}took ${Math.round(run.seen.totalMs)} ms, beyond its deadline`);
  }
  return {
    cell,
    pair: outcome,
    alone: aloneOutcome,
    held: heldOutcome,
    attempts: attemptsOf(pair),
    aloneAttempts: attemptsOf(alone),
    heldAttempts: held === undefined ? 0 : attemptsOf(held),
    ms: Math.round(pair.seen.totalMs),
    aloneMs: Math.round(alone.seen.totalMs),
    violations,
  };
}

function attemptsOf({ seen }: Play["pair"]): number {
  return Number(seen.headers["fairlead-attempts"] ?? Number.NaN);
}

/** How many cells came to each outcome; cells that were not played so do not count. */
export function counts(
  verdicts: readonly Verdict[],
  of: (verdict: Verdict) => Outcome | undefined,
): Array<[Outcome, number]> {
  const count = new Map<Outcome, number>();
  for (const outcome of verdicts.map(of)) {
    if (outcome !== undefined) count.set(outcome, (count.get(outcome) ?? 0) + 1);
  }
  return [...count].sort((a, b) => b[1] - a[1]);
}
