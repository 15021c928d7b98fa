// Facts of the account layer.

import type { Exchanged } from "./http.ts";

/** POST /v1/messages/count_tokens with a small body: costs nothing. */
export interface CountFacts {
  readonly exchange: Exchanged;
  readonly model: string;
  /** True when the user named that model; else it is the doctor's own choice. */
  readonly named: boolean;
  /** Where the model is set. */
  readonly from?: string;
  /** The same without the betas and fields that the program adds, after the first was refused. */
  readonly bare?: Exchanged;
  /** Betas that the first one carried. */
  readonly betas: readonly string[];
  /** True when the far end does not know this request: a gateway need not. */
  readonly absent: boolean;
  /** Content-type variants that were refused while the plain one was accepted, and the other way round. */
  readonly contentTypes?: readonly { readonly sent: string; readonly status?: number }[];
  /** Whether a beta header arrived: the API comments on one that it does not know. */
  readonly betaHeard?: boolean;
}
/** POST /v1/messages with max_tokens 1 (only with --spend). */
export interface MessageFacts {
  readonly exchange: Exchanged;
  readonly model: string;
  /** True when the user named that model; else it is the doctor's own choice. */
  readonly named: boolean;
  readonly limits: readonly (readonly [string, string])[];
}
