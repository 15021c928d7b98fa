// The parts of an engine that hold state, made from its options: what a gateway and a client stack their layers on.

import type { Runtime } from "@fairlead/runtime";
import { SpendCap, spendCapNumbers } from "./mechanics/spend-cap.ts";
import type { Values } from "./options.ts";
import { type ADMISSION_OPTIONS, healthNumbers } from "./policies/admission-options.ts";
import type { BREAKER_OPTIONS } from "./policies/breaker.ts";
import { type CACHE_OPTIONS, Cache } from "./policies/cache.ts";
import { type HEDGE_OPTIONS, Hedges, hedgeCap } from "./policies/hedge.ts";
import { type JOIN_OPTIONS, Joins } from "./policies/join.ts";
import type { RETRY_OPTIONS } from "./policies/retry.ts";
import { Spend } from "./policies/spend.ts";
import { Admission } from "./targets/admission.ts";
import { type BALANCE_OPTIONS, type BalanceOf, Balancer } from "./targets/balancer.ts";
import type { Kept } from "./targets/carried.ts";
import { Health } from "./targets/health.ts";
import { learned } from "./targets/learned.ts";
import type { Orders } from "./targets/orders.ts";
import { type LimitsOf, type QUOTA_OPTIONS, Quotas } from "./targets/quotas.ts";
import { Router, type Serves } from "./targets/router.ts";

/** The options that the parts are made from. */
export interface PartOptions {
  readonly retry: Values<typeof RETRY_OPTIONS>;
  readonly breaker: Values<typeof BREAKER_OPTIONS>;
  readonly admission: Values<typeof ADMISSION_OPTIONS>;
  readonly quota: Values<typeof QUOTA_OPTIONS>;
  readonly balance: Values<typeof BALANCE_OPTIONS>;
  readonly join: Values<typeof JOIN_OPTIONS>;
  readonly cache: Values<typeof CACHE_OPTIONS>;
  readonly hedge: Values<typeof HEDGE_OPTIONS>;
}

/** The state of one engine; its pipelines share it. */
export interface Parts {
  readonly health: Health;
  readonly admission: Admission;
  readonly spend: Spend;
  readonly joins: Joins;
  readonly cache: Cache;
  readonly hedges: Hedges;
  /** A router over the targets that `serves` names. */
  router(serves: Serves): Router;
}

/** What a configuration follows: its state is taken over as far as it holds for the new one too. */
export interface Before {
  readonly parts: Omit<Parts, "router">;
  readonly options: PartOptions;
  readonly kept: Kept;
}

/**
 * Makes the parts.
 * @param limitsOf limits of single accounts. Default: none but those of the options
 * @param balanceOf how a model's upstreams are chosen. Default: as the options say
 * @param orders how somebody wants targets to be used. Default: no orders
 * @param before the parts of the configuration that this one follows
 */
export function engineParts(
  rt: Runtime,
  options: PartOptions,
  limitsOf?: LimitsOf,
  balanceOf?: BalanceOf,
  orders?: Orders,
  before?: Before,
): Parts {
  const { retry, admission: waiting, hedge } = options;
  const health = new Health(rt, healthNumbers(options), orders ?? before?.parts.health.orders);
  const balancer = new Balancer(rt, options.balance, (target) => target.region ?? target.name, balanceOf);
  const quotas = new Quotas(options.quota, limitsOf);
  const room = { queue: waiting.queue, waitMs: waiting.wait };
  const known = learned(before?.parts.admission.learned, before?.kept);
  const admission = new Admission(rt, health, quotas, balancer, room, known);
  const cap = new SpendCap(spendCapNumbers(retry));
  const spend = new Spend(rt, admission, cap, hedge.enabled ? hedgeCap(hedge) : undefined);
  if (before !== undefined) {
    health.carry(before.parts.health, before.kept);
    quotas.carry(before.parts.admission.quotas, before.kept.account);
    balancer.carry(before.parts.admission.balancer);
    spend.carry(before.parts.spend);
  }
  const numbers = { waitBeforeMoveMs: retry.wait_before_move, capMs: retry.max_delay };
  return {
    health,
    admission,
    spend,
    // Answers that are shared or kept outlive a reload that says nothing else of them.
    joins: unchanged("join", options, before)?.joins ?? new Joins(rt, options.join),
    cache: unchanged("cache", options, before)?.cache ?? new Cache(rt, options.cache),
    hedges: new Hedges(rt, hedge, admission, health, spend),
    router: (serves) => new Router(rt, serves, health, numbers, admission),
  };
}

function unchanged(block: "join" | "cache", options: PartOptions, before: Before | undefined) {
  if (before === undefined) return undefined;
  return JSON.stringify(options[block]) === JSON.stringify(before.options[block]) ? before.parts : undefined;
}
