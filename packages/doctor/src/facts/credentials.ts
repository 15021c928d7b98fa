// Facts of the credentials layer.

import type { Exchanged } from "./http.ts";

export interface CredentialFacts {
  /** GET /v1/models with the credential in the header that the program uses (platforms: their own free call). */
  readonly exchange: Exchanged;
  /** Name of the variable it came from, and where that is set. */
  readonly name: string;
  readonly where: string;
  readonly header: "x-api-key" | "authorization" | "sigv4" | "api-key";
  readonly accepted: boolean;
  /** A gateway without a model list: whether count_tokens accepted it instead. */
  readonly by: "models" | "count_tokens";
}
/** The same credential in the other header. */
export interface SwapFacts {
  readonly exchange: Exchanged;
  readonly accepted: boolean;
}
