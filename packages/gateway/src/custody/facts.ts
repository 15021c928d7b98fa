// The fact that custody tells: somebody asked for what is not theirs.

import type { Fact } from "@fairlead/runtime";
import type { CustodyKind } from "@fairlead/stores";

/** A request named a file or batch that its project does not have. */
export interface CustodyFact extends Fact {
  readonly kind: "custody";
  /** Our id of the request. */
  readonly id: string;
  readonly project: string;
  readonly keyId: string;
  readonly what: CustodyKind;
  /** `foreign`: another project's; `unknown`: nobody's, as far as this gateway knows. The caller is told the same. */
  readonly why: "foreign" | "unknown";
}
