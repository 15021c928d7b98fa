// All kinds of faults.

import { fragment } from "./fragment.ts";
import type { FaultKind } from "./kind.ts";
import { refuse } from "./refuse.ts";

/** Every kind, in the order of the catalogue. */
export const FAULTS: readonly FaultKind[] = [refuse, fragment];
