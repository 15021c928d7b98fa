// What stands while configurations come and go: time, facts, and all that is remembered.

import { join } from "node:path";
import type { Runtime } from "@fairlead/runtime";
import { memoryStores, type Stores } from "@fairlead/stores";
import { UpstreamOrders } from "../admin/upstream-orders.ts";
import type { Config } from "../config/config.ts";
import { CustodyBook } from "../custody/custody-book.ts";
import { Identity } from "../identity/identity.ts";
import { type LedgerService, openLedger } from "../ledger/open-ledger.ts";
import type { StandingLayers } from "../stack.ts";
import { openTenancy, type TenancyService } from "../tenancy/open-tenancy.ts";

/** The services that outlive a reload. */
export interface Standing {
  readonly rt: Runtime;
  readonly stores: Stores;
  readonly ledger: LedgerService;
  readonly identity: Identity;
  readonly tenancy: TenancyService;
  readonly custody: CustodyBook;
  /** What operators set for upstreams. */
  readonly orders: UpstreamOrders;
  /** Their layers around every request. */
  readonly layers: StandingLayers;
  /** Writes down what waits, and ends connections. Never rejects. */
  close(): Promise<void>;
}

/** Opens them. A store that is down does not stop it. */
export async function openStanding(config: Config, rt: Runtime): Promise<Standing> {
  const stores = await openStores(config.store, rt);
  let ledger: LedgerService;
  let identity: Identity | undefined;
  const storedSampling = (project: string) => identity?.directory.projectOf(project)?.sampling;
  // What a store in memory does not keep, the disk need not keep for it.
  const folder = stores.kind === "memory" ? undefined : join(config.data_dir, "custody");
  const custody = new CustodyBook(stores.custody, rt, folder);
  try {
    ledger = openLedger(config, stores, rt, {}, storedSampling);
    custody.start();
  } catch (e) {
    // A store's thread would keep the process alive.
    await stores.close();
    throw e;
  }
  const known = new Identity(config, rt, stores);
  identity = known;
  const orders = new UpstreamOrders(rt, stores.records, stores.notices);
  await Promise.all([known.start(), orders.start()]);
  const tenancy = await openTenancy(config, rt, stores, known.directory, ledger.prices);
  return {
    rt,
    stores,
    ledger,
    identity: known,
    orders,
    tenancy,
    custody,
    layers: { meter: ledger.meter },
    async close() {
      await tenancy.close();
      orders.close();
      await known.close();
      await custody.close();
      await ledger.close();
      await stores.close();
    },
  };
}

async function openStores(store: string, rt: Runtime): Promise<Stores> {
  if (store === "memory:") return memoryStores(rt.clock);
  if (store.startsWith("sqlite:")) {
    const { openSqlite } = await import("@fairlead/stores/sqlite");
    return openSqlite(store.slice("sqlite:".length), rt.clock);
  }
  if (/^postgres(ql)?:/.test(store)) {
    const { openPostgres } = await import("@fairlead/stores/postgres");
    return openPostgres(store, rt.clock);
  }
  return memoryStores(rt.clock);
}
