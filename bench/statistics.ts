// The arithmetic of the bench: medians, and ratios of what was measured in the same round.

/** Middle value and extremes of a sample. */
export interface Spread {
  median: number;
  min: number;
  max: number;
  n: number;
}

/** Median of a sample: the mean of the two middle values when it is even, undefined when it is empty. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  return high === undefined || low === undefined ? undefined : (low + high) / 2;
}

/** Median with extremes; undefined for an empty sample. */
export function spread(values: readonly number[]): Spread | undefined {
  const middle = median(values);
  if (middle === undefined) return undefined;
  return { median: middle, min: Math.min(...values), max: Math.max(...values), n: values.length };
}

/**
 * Combines two samples by round: f(a, b) for every round that both have. A round that one of them lacks (its row
 * failed) is left out, because a ratio across rounds compares two moments of the machine, not two programs.
 */
export function paired(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
  f: (a: number, b: number) => number,
): number[] {
  const values: number[] = [];
  for (const [round, value] of a) {
    const other = b.get(round);
    if (other !== undefined) values.push(f(value, other));
  }
  return values;
}

/** a / b, round by round. */
export function pairedRatios(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number[] {
  return paired(a, b, (x, y) => x / y);
}

/** a - b, round by round. */
export function pairedDifferences(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number[] {
  return paired(a, b, (x, y) => x - y);
}
