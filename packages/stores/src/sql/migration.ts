// One step in the form of a store, and the refusal of a form that this version does not know.

import { StoreError } from "../store-error.ts";

/**
 * One step forward. While instances are being replaced, the version before runs against the form after it: a step adds, and
 * changes nothing that the version before reads or writes.
 */
export interface Migration {
  /** 1, 2, 3, … */
  readonly version: number;
  readonly name: string;
  readonly statements: readonly string[];
}

/** The store has a form that only a newer version of Fairlead knows. */
export function newerThan(store: string, version: number, known: number): StoreError {
  return new StoreError(
    "newer",
    `the ${store} has form ${version}, this version of Fairlead knows ${known}: start the newer version of Fairlead again, ` +
      "or restore the backup that was made before it first ran",
  );
}
