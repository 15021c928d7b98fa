// What happens to a request here, in order, with the reason on each line. The order lives nowhere else.

import {
  admit,
  type BalanceOf,
  type Before,
  breaker,
  cache,
  commit,
  deadline,
  engineParts,
  hedge,
  join,
  journal,
  type Layer,
  type Orders,
  type Parts,
  type Pipeline,
  type Placed,
  pipeline,
  retry,
  type Serves,
  timeouts,
  trace,
} from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import { limitsOfAccounts } from "./account-quotas.ts";
import type { Config } from "./config/config.ts";
import { globMatch } from "./model-match.ts";

/** The pipeline of a gateway and what the admin side wants to see of it. */
export interface Stack extends Omit<Parts, "router"> {
  readonly pipeline: Pipeline;
}

/** Layers of what outlives a configuration; one that is left out costs nothing. */
export interface StandingLayers {
  /** What becomes of the same request sent again. */
  readonly duplicates?: Layer | undefined;
  /** Limits and budgets of who asks. */
  readonly tenancy?: Layer | undefined;
  /** Whose files and batches are. */
  readonly custody?: Layer | undefined;
  /** Tells the ledger of each attempt. */
  readonly meter?: Layer | undefined;
}

/**
 * Builds the stack of one configuration.
 * @param orders how operators want upstreams to be used
 * @param before whose state it takes over
 */
export function stack(
  config: Config,
  serves: Serves,
  rt: Runtime,
  standing: StandingLayers = {},
  orders?: Orders,
  before?: Before,
): Stack {
  const { retry: retrying, breaker: breaking, timeouts: times } = config;
  const parts = engineParts(rt, config, limitsOfAccounts(config), balanceByModel(config), orders, before);
  const { health, admission, spend, joins, cache: answers, hedges } = parts;
  const router = parts.router(serves);
  const timesOf = timesByPlace(config);
  return {
    ...parts,
    pipeline: pipeline(
      rt,
      [
        { layer: journal(), why: "outermost: sees every request end, whatever becomes of it" },
        { layer: deadline(times.total), why: "one time for all attempts and waits together" },
        ...given(standing.duplicates, "outside the cache and the join: it refuses, or has the join share one answer"),
        // A layer that its options leave nothing to do is left out: the others then pay nothing for it.
        ...only(answers.active, {
          layer: cache(config.cache, answers),
          why: "outside the join: while one renews an answer, the others have the one that is kept",
        }),
        ...only(joins.active, {
          layer: join(config.join, joins),
          why: "outside all that costs something: a duplicate draws on no limit, no room and no budget",
        }),
        ...given(
          standing.tenancy,
          "outside the retry: counts a request once, and hears from the meter what each attempt cost",
        ),
        ...given(
          standing.custody,
          "inside the limits: who asks for what others have pays for asking; outside the retry",
        ),
        {
          layer: retry(retrying, router, health, spend),
          why: "outside the selection, so that each try can go elsewhere",
        },
        ...only(config.hedge.enabled, {
          layer: hedge(config.hedge, hedges, serves),
          why: "inside the retry: it makes one attempt of two, and what fails in both is repeated as one",
        }),
        {
          layer: admit(admission, router, health),
          why: "inside the retry: no room is held while it backs off; chooses at the moment the attempt goes",
        },
        { layer: breaker(breaking, health), why: "inside the retry, so that each attempt counts, not each request" },
        { layer: trace(), why: "inside the breaker: counts what goes out on the wire, and knows where to" },
        {
          layer: commit(config.recover, timesOf),
          why: "the breaker hears the verdict at first content, not at the head",
        },
        ...given(
          standing.meter,
          "inside the commit: follows each attempt from its head to its last byte, for one row of the ledger",
        ),
        { layer: timeouts(timesOf), why: "innermost: measures the wire alone" },
      ],
      (x) => (x.target === undefined ? Promise.reject(new Error("no target chosen")) : x.target.send(x)),
    ),
  };
}

function given(layer: Layer | undefined, why: string): readonly Placed[] {
  return layer === undefined ? [] : [{ layer, why }];
}

function only(active: boolean, placed: Placed): readonly Placed[] {
  return active ? [placed] : [];
}

/** The time-outs that hold for an exchange: those of its upstream, else of its model's rule, else the general ones. */
function timesByPlace(
  config: Config,
): (x: { target: { name: string } | undefined; look: { model: string | undefined } }) => Config["timeouts"] {
  const byUpstream = new Map(
    config.upstreams
      .filter((one) => one.timeouts !== undefined)
      .map((one) => [one.name, { ...config.timeouts, ...one.timeouts }]),
  );
  const byRule = config.models.filter((rule) => rule.timeouts !== undefined);
  if (byUpstream.size === 0 && byRule.length === 0) return () => config.timeouts;
  return (x) => {
    const own = x.target === undefined ? undefined : byUpstream.get(x.target.name);
    if (own !== undefined) return own;
    const model = x.look.model;
    const rule = model === undefined ? undefined : config.models.find((one) => globMatch(one.match, model));
    return rule?.timeouts === undefined ? config.timeouts : { ...config.timeouts, ...rule.timeouts };
  };
}

/** Model names whose rule is remembered: the balancer asks several times for each request. */
const REMEMBERED = 1_000;

/** The options of balance for a model: those of its rule go before the general ones. */
function balanceByModel(config: Config): BalanceOf {
  if (config.models.every((rule) => rule.balance === undefined)) return () => config.balance;
  const byRule = config.models.map((rule) => ({ match: rule.match, options: { ...config.balance, ...rule.balance } }));
  const remembered = new Map<string, Config["balance"]>();
  return (model) => {
    if (model === undefined) return config.balance;
    let options = remembered.get(model);
    if (options === undefined) {
      options = byRule.find(({ match }) => globMatch(match, model))?.options ?? config.balance;
      if (remembered.size < REMEMBERED) remembered.set(model, options);
    }
    return options;
  };
}
