// What the admin address tells on the bus.

import type { Fact } from "@fairlead/runtime";

/** Somebody wanted to sign in on the admin side: with a key, or back from the identity provider. */
export interface LoginFact extends Fact {
  readonly kind: "login";
  /** `slowed`: too many wrong keys came from there; `failed`: the provider could not be asked, or a defect. */
  readonly result: "signed_in" | "refused" | "slowed" | "failed";
}

/** A request to the admin address failed by a defect of ours. `what` is the error with its stack; it holds no body. */
export interface AdminFact extends Fact {
  readonly kind: "admin-error";
  readonly id: string;
  /** The route's pattern. */
  readonly path: string;
  readonly what: string;
}
