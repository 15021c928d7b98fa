// Opens limits and budgets for a gateway: alone, or shared with others over Redis.

import type { Prices } from "@fairlead/protocol";
import { newId, type Runtime } from "@fairlead/runtime";
import type { LimitStore, SeenStore, Stores } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import { duplicatesField } from "../config/limit-fields.ts";
import { StoredPart } from "../config/stored-part.ts";
import type { StandingLayers } from "../stack.ts";
import { configRules } from "./config-rules.ts";
import { duplicates, Seen } from "./duplicates.ts";
import { type LimitLine, limitLines } from "./limit-lines.ts";
import { SharedSeen } from "./shared-seen.ts";
import { spentSince } from "./spent-since.ts";
import { allStored, type StoredAllowances, withStored } from "./stored-rules.ts";
import { Tenancy, type TenancyFigures } from "./tenancy.ts";

/** Limits and budgets, as they outlive configurations. */
export interface TenancyService {
  /** The layers for one configuration. */
  layers(config: Config): Pick<StandingLayers, "tenancy" | "duplicates">;
  /** Every limit and budget that is set in a configuration and in the store, of one project or of all, the fullest first. */
  lines(config: Config, project?: string): Promise<readonly LimitLine[]>;
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
  prices: Prices,
): Promise<TenancyService> {
  const shared = config.redis === undefined ? undefined : await openShared(config.redis, rt);
  const { instances, money_grace, money_grace_share } = config.tenancy;
  let { models } = config;
  const spent = spentSince(ledger, () => models);
  const tenancy = new Tenancy(
    rt,
    {
      store: shared?.store,
      instance: newId(rt.random, "i_", 12),
      instances,
      moneyGraceMs: money_grace,
      moneyShare: money_grace_share / 100,
      spentSince: spent,
    },
    prices,
  );
  const others = shared && new SharedSeen(rt, shared.seen);
  const seen = new Seen(others);
  const storedDuplicates = new StoredPart((project) => stored.projectOf(project)?.duplicates, duplicatesField);
  return {
    layers(current) {
      models = current.models;
      const rules = configRules(current);
      return {
        tenancy: tenancy.layer(withStored(rules.rulesOf, stored), rules.namesOf),
        // Projects of the store may ask for it at any time.
        duplicates: duplicates(({ project }) => {
          const own = rules.duplicates.get(project);
          return own !== undefined || rules.duplicates.has(project) ? own : storedDuplicates.of(project);
        }, seen),
      };
    },
    lines(current, project) {
      const rules = [...configRules(current).all, ...allStored(stored)];
      const wanted = project === undefined ? rules : rules.filter(({ scope }) => scope.project === project);
      const { clock } = rt;
      return limitLines(wanted, {
        find: (key) => tenancy.find(key),
        shared: tenancy.figures(0).sharing !== "alone",
        spentSince: spent,
        now: clock.now(),
        wall: clock.wall(),
      });
    },
    figures: (limit) => tenancy.figures(limit),
    async close() {
      others?.close();
      await tenancy.close();
      await shared?.close();
    },
  };
}

interface SharedStores {
  readonly store: LimitStore;
  readonly seen: SeenStore;
  close(): Promise<void>;
}

async function openShared(url: string, rt: Runtime): Promise<SharedStores> {
  const { openRedis, redisLimitStore, redisSeenStore } = await import("@fairlead/stores/redis");
  // Who waits is not kept waiting so long; but a reply that comes late is of use.
  const line = openRedis(url, rt.clock, { timeoutMs: LATE_MS });
  line.ready().catch(() => {});
  const store = redisLimitStore(line, () => newId(rt.random, "e_", 12));
  return { store, seen: redisSeenStore(line), close: () => line.close() };
}
