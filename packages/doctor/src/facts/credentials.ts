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
  /** The list that was tried first, when the count decided. */
  readonly list?: Exchanged;
  /** The count, where it was asked: in place of the list, or beside one that was slow. */
  readonly count?: Exchanged;
  /** What became of it: `unclear` when the far end has neither list nor count, or is ill. */
  readonly outcome: "accepted" | "rejected" | "unclear";
  /** What kind of credential it is, by how it begins. */
  readonly kind: string;
  /** Ids of the models that are offered, at most 50. */
  readonly models?: readonly string[];
}
/** The same credential in the other header. */
export interface SwapFacts {
  readonly header: "x-api-key" | "authorization" | "sigv4" | "api-key";
  readonly exchange: Exchanged;
  readonly accepted: boolean;
}
