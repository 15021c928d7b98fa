// What the admin address tells on the bus.

import type { Fact } from "@fairlead/runtime";

/** A request to the admin address failed by a defect of ours. `what` is the error with its stack; it holds no body. */
export interface AdminFact extends Fact {
  readonly kind: "admin-error";
  readonly id: string;
  /** The route's pattern. */
  readonly path: string;
  readonly what: string;
}
