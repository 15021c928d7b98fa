// The snapshot: what a client has done and how its upstreams are, as plain data.

import { type EngineFigures, engineFigures } from "@fairlead/engine";
import { formatRfc3339 } from "@fairlead/protocol";
import type { Clock } from "@fairlead/runtime";
import type { Figures, Span } from "./figures.ts";
import type { PoolFigures } from "./places.ts";
import type { Stack } from "./stack.ts";

/** One circuit, or one account that is left alone. */
export interface BreakerState {
  /** What it is about: `endpoint` an address, `platform` a platform and model, `account` a credential, `account-model` a credential and model. */
  readonly scope: string;
  readonly key: string;
  readonly state: string;
  /** Why it opened last. */
  readonly why: string;
}

/**
 * What a client has done, and how its upstreams are. The rest is the engine's: what is under way against which learned
 * limit (`loads`, `upstreams`), who waits (`queue`), what is left (`quotas`, `budgets`, `spend`, `limits`) or left alone (`cooldowns`), where
 * conversations stay (`balance`), what was saved or sent twice (`joins`, `cache`, `hedges`).
 */
export interface Snapshot extends EngineFigures {
  /** Wall time, ISO 8601. */
  readonly at: string;
  readonly sinceStart: Span;
  /** The last five minutes. */
  readonly window: Span;
  readonly breakers: readonly BreakerState[];
  /** Connections by upstream; empty when another fetch is the wire. */
  readonly pools: readonly PoolFigures[];
}

/** Takes a snapshot. */
export function takeSnapshot(
  figures: Figures,
  stack: Omit<Stack, "lane">,
  pools: readonly PoolFigures[],
  clock: Clock,
): Snapshot {
  return {
    at: formatRfc3339(clock.wall()),
    sinceStart: figures.sinceStart(),
    window: figures.window(),
    breakers: stack.health.states().map(({ scope, key, state, why }) => ({ scope, key, state, why })),
    pools,
    ...engineFigures(stack, clock.now()),
  };
}
