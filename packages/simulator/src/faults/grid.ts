// The grid of all valid faults: kind by phase by streamed or not, and the description of every kind for docs.

import { FAULTS, OUT_OF_SCOPE } from "./catalogue.ts";
import type { FaultKind, Phase } from "./kind.ts";
import type { ParamSpec } from "./params.ts";

/** One valid combination. */
export interface GridCell {
  readonly fault: string;
  readonly phase: Phase;
  readonly streamed: boolean;
}

/** Every valid combination, in the order of the catalogue. */
export const FAULT_GRID: readonly GridCell[] = FAULTS.flatMap((kind) =>
  kind.phases.flatMap(({ phase, on }) =>
    [true, false]
      .filter((streamed) => on === "both" || (on === "streamed") === streamed)
      .map((streamed) => ({ fault: kind.name, phase, streamed })),
  ),
);

/** A kind in words, for `--help`, docs and the control API. */
export interface FaultDescription {
  readonly name: string;
  readonly catalogue: readonly string[];
  readonly summary: string;
  readonly phases: FaultKind["phases"];
  readonly params: Readonly<Record<string, ParamSpec>>;
  readonly needs?: string;
  /** False when the fault cannot come by the header `x-simulator-fault`. */
  readonly byHeader: boolean;
}

/** Describes every kind. */
export function describeFaults(): FaultDescription[] {
  return FAULTS.map(({ name, catalogue, summary, phases, params, needs, closesListener }) => ({
    name,
    catalogue,
    summary,
    phases,
    params,
    ...(needs === undefined ? {} : { needs }),
    byHeader: closesListener !== true,
  }));
}

/** Rows of the catalogue that no kind stands for, with the reason. */
export function outOfScope(): Readonly<Record<string, string>> {
  return OUT_OF_SCOPE;
}
