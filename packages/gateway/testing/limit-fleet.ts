// Several instances that share limits over one store, in virtual time, for tests.

import { Signal, virtualRuntime } from "@fairlead/runtime";
import { type LimitStore, memoryLimitStore } from "@fairlead/stores";
import type { AccountSpec } from "../src/tenancy/account.ts";
import { Accounts, type AccountsOptions } from "../src/tenancy/accounts.ts";
import type { Item, Short } from "../src/tenancy/items.ts";
import { projectScope } from "../src/tenancy/rules.ts";

/** A limit of the project web. */
export function spec(dimension: AccountSpec["dimension"], limit: number, burstMs = 60_000): AccountSpec {
  return { key: `{p:web}:${dimension}`, scope: projectScope("web"), match: undefined, dimension, limit, burstMs };
}

/** Some instances on one store, whose answers take their time or do not come. */
export function fleet(count: number, more: Partial<AccountsOptions> = {}, latencyMs = 5) {
  const rt = virtualRuntime("shared");
  const memory = memoryLimitStore(rt.clock);
  const line = { up: true, latencyMs, trades: 0, dead: new Set<string>() };
  const store: LimitStore = {
    trade(...args) {
      line.trades += 1;
      return new Promise((resolve) => {
        rt.clock.timer(line.latencyMs / 2, () => {
          if (!line.up || line.dead.has(args[0])) return;
          const reply = memory.trade(...args);
          rt.clock.timer(line.latencyMs / 2, () => resolve(reply));
        });
      });
    },
  };
  const all = Array.from(
    { length: count },
    (_, i) =>
      new Accounts(rt, { store, instance: `i_${i}`, instances: 1, moneyGraceMs: 60_000, moneyShare: 0.01, ...more }),
  );
  const at = (i: number) => all[i] as Accounts;
  const draw = async (i: number, one: AccountSpec, amount = 1): Promise<Short | undefined> => {
    const items: Item[] = [{ account: at(i).of(one), amount, gate: false, window: 0 }];
    const found = await rt.clock.runUntil(Promise.resolve(at(i).draw(items, new Signal())));
    if (found === "gone") throw new Error("nobody called it off");
    return found;
  };
  const settle = (i: number, one: AccountSpec, delta: number, window = 0) =>
    at(i).settle({ account: at(i).of(one), window }, delta);
  const close = () => rt.clock.runUntil(Promise.all(all.map((one) => one.close())));
  return { rt, memory, line, all, draw, settle, close };
}
