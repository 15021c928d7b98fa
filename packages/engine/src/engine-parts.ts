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
import { Health } from "./targets/health.ts";
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

/**
 * Makes the parts.
 * @param limitsOf limits of single accounts. Default: none but those of the options
 * @param balanceOf how a model's upstreams are chosen. Default: as the options say
 * @param orders how somebody wants targets to be used. Default: no orders
 */
export function engineParts(
  rt: Runtime,
  options: PartOptions,
  limitsOf?: LimitsOf,
  balanceOf?: BalanceOf,
  orders?: Orders,
): Parts {
  const { retry, admission: waiting, hedge } = options;
  const health = new Health(rt, healthNumbers(options), orders);
  const balancer = new Balancer(rt, options.balance, (target) => target.region ?? target.name, balanceOf);
  const quotas = new Quotas(options.quota, limitsOf);
  const admission = new Admission(rt, health, quotas, balancer, { queue: waiting.queue, waitMs: waiting.wait });
  const cap = new SpendCap(spendCapNumbers(retry));
  const spend = new Spend(rt, admission, cap, hedge.enabled ? hedgeCap(hedge) : undefined);
  const numbers = { waitBeforeMoveMs: retry.wait_before_move, capMs: retry.max_delay };
  return {
    health,
    admission,
    spend,
    joins: new Joins(rt, options.join),
    cache: new Cache(rt, options.cache),
    hedges: new Hedges(rt, hedge, admission, health, spend),
    router: (serves) => new Router(rt, serves, health, numbers, admission),
  };
}
