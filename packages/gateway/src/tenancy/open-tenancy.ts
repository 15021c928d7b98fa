// Opens limits and budgets for a gateway: alone, or shared with others over Redis.

import { newId, type Runtime } from "@fairlead/runtime";
import type { LimitStore, Stores } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import type { StandingLayers } from "../stack.ts";
import { configRules } from "./config-rules.ts";
import { duplicates, Seen } from "./duplicates.ts";
import { spentSince } from "./spent-since.ts";
import { type StoredAllowances, withStored } from "./stored-rules.ts";
import { Tenancy, type TenancyFigures } from "./tenancy.ts";

/** Limits and budgets, as they outlive configurations. */
export interface TenancyService {
  /** The layers for one configuration. */
  layers(config: Config): Pick<StandingLayers, "tenancy" | "duplicates">;
  /** What admins see. `limit` accounts at most, the fullest first. */
  figures(limit?: number): TenancyFigures;
  /** Gives back what is held of shared limits, and ends the line to Redis. Never rejects. */
  close(): Promise<void>;
}

/** Replies of Redis are taken until then, milliseconds. */
const LATE_MS = 500;

/** Opens them. A Redis that is down does not stop it. */
export async function openTenancy(
  config: Config,
  rt: Runtime,
  { ledger }: Pick<Stores, "ledger">,
  stored: StoredAllowances,
): Promise<TenancyService> {
  const shared = config.redis === undefined ? undefined : await openShared(config.redis, rt);
  const { instances, money_grace, money_grace_share } = config.tenancy;
  const tenancy = new Tenancy(rt, {
    store: shared?.store,
    instance: newId(rt.random, "i_", 12),
    instances,
    moneyGraceMs: money_grace,
    moneyShare: money_grace_share / 100,
    spentSince: spentSince(ledger),
  });
  const seen = new Seen();
  return {
    layers(current) {
      const rules = configRules(current);
      return {
        tenancy: tenancy.layer(withStored(rules.rulesOf, stored), rules.namesOf),
        duplicates: rules.duplicates ? duplicates(rules.duplicatesOf, seen) : undefined,
      };
    },
    figures: (limit) => tenancy.figures(limit),
    async close() {
      await tenancy.close();
      await shared?.close();
    },
  };
}

async function openShared(url: string, rt: Runtime): Promise<{ readonly store: LimitStore; close(): Promise<void> }> {
  const { openRedis, redisLimitStore } = await import("@fairlead/stores/redis");
  // Who waits is not kept waiting so long; but a reply that comes late is of use.
  const line = openRedis(url, rt.clock, { timeoutMs: LATE_MS });
  line.ready().catch(() => {});
  return { store: redisLimitStore(line, () => newId(rt.random, "e_", 12)), close: () => line.close() };
}
