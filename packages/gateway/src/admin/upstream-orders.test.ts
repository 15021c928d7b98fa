// Orders for upstreams: the same on two instances, ended by time, kept while the store is away.

import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores, type Records, StoreError } from "@fairlead/stores";
import { expect, it } from "vitest";
import type { Caller } from "./gate/gate.ts";
import { upstreamHandlers } from "./handlers/operations.ts";
import type { AdminServices } from "./services.ts";
import { UpstreamOrders } from "./upstream-orders.ts";

const target = (name: string) => ({
  name,
  platform: name,
  account: name,
  contextWindow: () => Number.POSITIVE_INFINITY,
  modelName: (model: string) => model,
  send: () => Promise.reject(new Error("nothing is sent")),
});

function scene() {
  const rt = virtualRuntime("orders");
  const stores = memoryStores(rt.clock);
  let down = false;
  const records: Records = {
    ...stores.records,
    list: (...args) =>
      down ? Promise.reject(new StoreError("unavailable", "the store is away")) : stores.records.list(...args),
  };
  const instance = () => new UpstreamOrders(rt, records, stores.notices);
  const order = (more: object) => ({
    mode: "drain" as const,
    weight: undefined,
    reason: "moved house",
    by: "key:ak_1",
    at: rt.clock.wall(),
    until: undefined,
    ...more,
  });
  return { rt, stores, instance, order, away: (is: boolean) => (down = is) };
}

it("what one instance sets, the other follows, and a third that starts later finds", async () => {
  const { instance, order, rt } = scene();
  const [one, two] = [instance(), instance()];
  await Promise.all([one.start(), two.start()]);
  await one.set("tokyo", order({}));
  await rt.clock.advance(0);
  expect(two.of("tokyo")).toMatchObject({ mode: "drain", by: "key:ak_1" });
  expect(two.orders.against(target("tokyo"))).toMatchObject({ kind: "drained", why: "drained by hand: moved house" });
  const three = instance();
  await three.start();
  expect(three.orders.of(target("tokyo"))?.mode).toBe("drain");
  await two.set("tokyo", undefined);
  await rt.clock.advance(0);
  expect(one.orders.against(target("tokyo"))).toBeUndefined();
  for (const each of [one, two, three]) each.close();
});

it("a lost notice is made up for within seconds", async () => {
  const { instance, order, rt, stores } = scene();
  const one = instance();
  await one.start();
  const value = JSON.parse(JSON.stringify(order({ mode: "open" }))) as { [name: string]: string };
  await stores.records.write([{ kind: "upstream-control", id: "tokyo", value, expect: 0 }]);
  expect(one.of("tokyo")).toBeUndefined();
  await rt.clock.advance(3_100);
  expect(one.of("tokyo")?.mode).toBe("open");
  one.close();
});

it("ends at its time", async () => {
  const { instance, order, rt } = scene();
  const one = instance();
  await one.start();
  await one.set("tokyo", order({ until: rt.clock.wall() + 60_000 }));
  await rt.clock.advance(59_000);
  expect(one.of("tokyo")).toBeDefined();
  await rt.clock.advance(4_100);
  expect(one.of("tokyo")).toBeUndefined();
  expect(one.orders.against(target("tokyo"))).toBeUndefined();
  one.close();
});

it("holds while the store is away, and a record of another form is none", async () => {
  const { instance, order, rt, stores, away } = scene();
  const one = instance();
  await one.start();
  await one.set("tokyo", order({}));
  away(true);
  await rt.clock.advance(60_000);
  expect(one.of("tokyo")?.mode).toBe("drain");
  away(false);
  await stores.records.write([{ kind: "upstream-control", id: "tokyo", value: { mode: "explode" }, expect: "any" }]);
  await rt.clock.advance(3_100);
  expect(one.of("tokyo")).toBeUndefined();
  one.close();
});

it.each([
  [{ mode: "drain", for_seconds: 60, reason: "moved house" }, { weight: 0.5 }, "normal", 0.5],
  [{ mode: "drain", reason: "moved house" }, { weight: 0.5, for_seconds: 60 }, "drain", undefined],
  [{ weight: 0.5 }, { mode: "drain", for_seconds: 60, reason: "moved house" }, "normal", 0.5],
  [{ weight: 0.5, for_seconds: 60 }, { mode: "drain", reason: "moved house" }, "drain", undefined],
] as const)("a mode and a weight end each at their own time: %j, then %j", async (first, second, mode, weight) => {
  const { instance, rt } = scene();
  const orders = instance();
  await orders.start();
  const upstreams: AdminServices["upstreams"] = {
    list: () => [{ name: "tokyo", weight: 1 }],
    order: (name) => orders.of(name),
    set: (name, order) => orders.set(name, order),
  };
  const trail = { note: async () => true };
  const handlers = upstreamHandlers({ rt, services: { upstreams, trail } as unknown as AdminServices });
  const caller = { actor: "cli", from: "::1" } as Caller;
  for (const body of [first, second]) {
    await handlers.controlUpstream({ caller, body, params: { upstream: "tokyo" }, query: {}, req: undefined as never });
  }
  expect(orders.of("tokyo")).toMatchObject({ mode: "drain", weight: 0.5, reason: "moved house" });
  await rt.clock.advance(64_000);
  const left = orders.of("tokyo");
  expect([left?.mode, left?.weight, left?.until]).toEqual([mode, weight, undefined]);
  expect(orders.orders.of(target("tokyo"))).toMatchObject({ mode });
  // Also for an instance that starts then.
  const later = instance();
  await later.start();
  expect(later.of("tokyo")).toEqual(left);
  orders.close();
  later.close();
});

it("a store that is locked or silent holds up no start for more than two seconds, and is read when it answers", async () => {
  const { rt, stores, order } = scene();
  let answer: () => void = () => undefined;
  const records: Records = {
    ...stores.records,
    list: async (...args) => {
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return stores.records.list(...args);
    },
  };
  const one = new UpstreamOrders(rt, records, stores.notices);
  let started = false;
  const start = one.start().then(() => {
    started = true;
  });
  await rt.clock.advance(1_999);
  expect(started).toBe(false);
  await rt.clock.advance(1);
  await start;
  await stores.records.write([
    { kind: "upstream-control", id: "tokyo", value: JSON.parse(JSON.stringify(order({}))), expect: "any" },
  ]);
  answer();
  await rt.clock.advance(0);
  expect(one.of("tokyo")).toMatchObject({ mode: "drain" });
  one.close();
});
