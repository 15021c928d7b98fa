// Facts of the account layer.

import type { Exchanged } from "./http.ts";

/** POST /v1/messages/count_tokens with a small body: costs nothing. */
export interface CountFacts {
  readonly exchange: Exchanged;
  readonly model: string;
  /** Content-type variants that were refused while the plain one was accepted, and the other way round. */
  readonly contentTypes?: readonly { readonly sent: string; readonly status?: number }[];
  /** Whether a beta header arrived: the API comments on one that it does not know. */
  readonly betaHeard?: boolean;
}
/** POST /v1/messages with max_tokens 1 (only with --spend). */
export interface MessageFacts {
  readonly exchange: Exchanged;
  readonly model: string;
  readonly limits: readonly (readonly [string, string])[];
}
