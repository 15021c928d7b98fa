// Facts about limits: who was refused by which, and whether the store of shared limits answers.

import type { Fact } from "@fairlead/runtime";
import type { Dimension } from "./account.ts";

/** A request was refused by a limit. */
export interface LimitFact extends Fact {
  readonly kind: "limit";
  readonly id: string;
  /** The caller's project. */
  readonly project: string;
  readonly dimension: Dimension | "duplicates";
  /** Whose limit it is, in words. */
  readonly scope: string;
  readonly code: string;
  readonly waitMs: number;
}

/** The store of shared limits went away, or is back. */
export interface LimitStoreFact extends Fact {
  readonly kind: "limit-store";
  readonly event: "away" | "back";
  /** Why it counts as away; else empty. */
  readonly why: string;
  /** Instances that share the limits, as known then. */
  readonly instances: number;
}
