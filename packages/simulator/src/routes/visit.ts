// What a route gets: the exchange, who asks, the parsed body, and a short way to answer.

import type { Caller } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import type { Hit } from "../faults/book.ts";
import type { RegionState } from "../state.ts";

/** A request that passed the checks every route begins with. */
export interface Visit {
  exchange: Exchange;
  region: RegionState;
  caller: Caller;
  /** The JSON body; empty when the method has none. */
  body: Record<string, unknown>;
  /** The body as it came. */
  raw: Buffer;
  /** Faults of the request's own header that have not struck yet. */
  hits: Hit[];
  /** Answers JSON with the headers of every API answer. */
  json(status: number, value: unknown): void;
}
