// How a fault that answers with an error does so: as the answer, or as the error event of a running stream.

import type { Problem } from "../problem.ts";
import type { FaultKind, Outcome, Strike } from "./kind.ts";
import type { Params } from "./params.ts";
import { INSTEAD } from "./phases.ts";

/** A kind that answers with the given problem, at every phase of INSTEAD. */
export function refusal(
  facts: Pick<FaultKind, "name" | "catalogue" | "summary"> & Partial<Pick<FaultKind, "params" | "phases" | "pattern">>,
  problem: (params: Params, strike: Strike) => Problem,
): FaultKind {
  return {
    params: {},
    phases: INSTEAD,
    ...facts,
    strike: async (strike) => {
      const found = problem(strike.params, strike);
      if (strike.running === undefined) return strike.refuse(found);
      return endWithError(strike, found.type, found.message, found.details ?? null);
    },
  };
}

/** Ends a running stream with an error event, cleanly as HTTP goes (protocol.md 2.6). */
export async function endWithError(
  strike: Strike,
  type: string,
  message: string,
  details: Record<string, unknown> | null,
): Promise<Outcome> {
  const { exchange, running } = strike;
  if (running === undefined) return "go-on";
  await running.write(running.printer.error(type, message, details, exchange.requestId));
  exchange.entry.ended = "fault";
  exchange.end();
  return "ended";
}
