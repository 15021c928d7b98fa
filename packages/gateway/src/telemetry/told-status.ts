// The HTTP status of a request for figures: an upstream's own, else that of our error.

import { CODES, type Code, type RequestFact } from "@fairlead/engine";

/**
 * The status that the client was told. An error of ours has that of its row, also where it had to be told inside a stream
 * whose head was out already. 0 for who left, or was cut off, before there was one.
 */
export function toldStatus({ status, verdict, code }: Pick<RequestFact, "status" | "verdict" | "code">): number {
  if (status !== undefined) return status;
  if (verdict === "cancelled" || code === undefined || !Object.hasOwn(CODES, code)) return 0;
  return CODES[code as Code].status;
}
