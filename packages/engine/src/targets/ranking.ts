// A ranking: what the balancer found when it ordered the targets for one request.

import type { Target } from "./target.ts";

/** Why a request was given fewer targets than its model has. */
export interface Hold {
  /** Where it must go. */
  readonly target: string;
  readonly account: string;
  /** Why it cannot move, in words without its content. */
  readonly why: string;
}

/** How the targets of one request were ordered last. */
export interface Ranking {
  /** Where it would go if nothing were remembered: the first by configuration or hash, whatever its health. */
  own: string;
  /** The targets that were last ranked. */
  targets: readonly Target[];
  hold: Hold | undefined;
  heldCounted: boolean;
  /** Whether the conversation's place was well when it was looked at last. */
  homeWell: boolean;
}
