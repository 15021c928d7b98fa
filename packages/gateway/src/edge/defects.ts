// Defects of ours: told, and kept to the request that they happened in.

import type { Exchange, Outcome, Pipeline } from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { ServerFact } from "../telemetry/edge-facts.ts";

/** Tells of one, with the request that it happened in. */
export function tellDefect(rt: Runtime, id: string, e: Error): void {
  const fact: ServerFact = {
    kind: "server",
    at: rt.clock.now(),
    event: "defect",
    detail: `${id} ${e.stack ?? e.message}`,
  };
  rt.emit(fact);
}

/** What a layer throws before it has made its promise is a rejection too. */
export function outcomeOf(pipeline: Pipeline, x: Exchange): Promise<Outcome> {
  try {
    return pipeline.run(x);
  } catch (e) {
    return Promise.reject(e);
  }
}
