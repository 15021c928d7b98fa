// The upstreams as the admin address shows them: what they are, how they are, what they did lately.

import type { Config } from "../config/config.ts";
import type { Targets } from "../targets.ts";
import type { UpstreamFigures } from "../telemetry/upstream-figures.ts";

/** One circuit, as health tells of it. */
export interface CircuitView {
  readonly scope: string;
  readonly key: string;
  readonly state: string;
  readonly why: string;
}

/** States from the best to the worst; their places are the values of `fairlead_upstream_state`. */
const STATES = ["closed", "half-open", "open", "parked"] as const;

/** Connections by upstream and state. */
export function connectionCounts(upstreams: Targets) {
  return upstreams.all.flatMap((one) => {
    const stats = one.stats();
    return (["active", "idle", "connecting", "waiting"] as const).map((state) => ({
      upstream: one.name,
      state,
      count: stats[state],
    }));
  });
}

/** The worst circuit of each upstream: 0 closed, 1 half-open or in doubt, 2 open, 3 parked. */
export function upstreamStates(upstreams: Targets, circuits: readonly CircuitView[]) {
  return upstreams.all.map((one) => ({ upstream: one.name, state: worstOf(one, circuits).rank }));
}

/** The upstreams of `/api/state`. `state` is the worst circuit's, `why` what opened it last. */
export function upstreamViews(
  config: Config,
  upstreams: Targets,
  circuits: readonly CircuitView[],
  figures: UpstreamFigures,
) {
  return upstreams.all.map((one) => {
    const settings = config.upstreams.find(({ name }) => name === one.name);
    const { rank, why } = worstOf(one, circuits);
    return {
      name: one.name,
      provider: settings?.provider ?? null,
      region: settings?.region ?? null,
      url: originOf(settings?.base_url),
      platform: one.platform,
      account: one.account,
      state: STATES[rank] ?? "closed",
      why,
      window: figures.span(one.name),
      pool: one.stats(),
    };
  });
}

function worstOf(
  one: { readonly name: string; readonly account: string; readonly platform: string },
  circuits: readonly CircuitView[],
): { readonly rank: number; readonly why: string } {
  let worst = { rank: 0, why: "" };
  for (const { scope, key, state, why } of circuits) {
    const own =
      (scope === "endpoint" && key === one.name) ||
      (scope === "account" && key === one.account) ||
      (scope === "platform" && key.startsWith(`${one.platform} `));
    // In doubt, as half-open, it is tried beside requests that go elsewhere.
    const rank = (STATES as readonly string[]).indexOf(state === "doubted" ? "half-open" : state);
    if (own && rank > worst.rank) worst = { rank, why };
  }
  return worst;
}

/** Scheme, host and port: a path may hold what is nobody's business. */
function originOf(url: string | undefined): string | null {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : null;
}
