// A plot of the documentation: its file, and the worlds that it is drawn from.

import type { World } from "../world.ts";
import type { Chart } from "./chart.ts";

/** One plot. The same code gives the same chart, each time. */
export interface Plot {
  /** Name of the file in docs/policies/plots, without the ending. */
  readonly name: string;
  make(): Promise<Chart>;
}

/** The seed of all plots. */
export const SEED = "plots";

/** Runs a world to its end. A world that broke an invariant is nothing to draw: throws. */
export async function finished(world: World, ms: number): Promise<void> {
  await world.run(ms);
  const { found } = world.invariants;
  if (found.length > 0) throw new Error(`a plot's world broke an invariant: ${found[0]}`);
}
