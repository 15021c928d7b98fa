// Tests of alerts over a reload of their options and at the end of the gateway: what was found is told, once, and ends.

import { virtualRuntime } from "@fairlead/runtime";
import { memoryStores } from "@fairlead/stores";
import { expect, it } from "vitest";
import { readConfig } from "../../config/load.ts";
import type { Sample } from "../registry.ts";
import { RoomMetrics } from "../room-metrics.ts";
import type { AlertOptions } from "./alert-options.ts";
import { AlertService } from "./alert-service.ts";
import type { Bundle } from "./message.ts";

const MIN = 60_000;
const GONE: readonly Sample[] = [{ values: ["redis"], value: 0 }];

function options(more = "", target = "ops"): AlertOptions {
  const text = `upstreams: [{ name: a, provider: anthropic, api_key: "\${K}" }]
projects: [{ name: p, keys: [fl-dev-0123456789abcdef] }]
alerts:
  check: 10s
  targets: [{ name: ${target}, kind: webhook, url: "\${K}" }]
  ${more}
  rules: [{ when: store_down, for: 0, severity: warning }]
`;
  const { alerts } = readConfig(text, "/x/f.yaml", { K: "https://hook.example/0123456789" }).config;
  if (alerts === undefined) throw new Error("no alerts");
  return alerts;
}

function stand() {
  const rt = virtualRuntime(1);
  const metrics = { rooms: new RoomMetrics() };
  const sent: Bundle[] = [];
  const now = { stores: GONE as readonly Sample[], up: true };
  metrics.rooms.storeUp.read = () => [...now.stores];
  const service = new AlertService({
    rt,
    stores: memoryStores(rt.clock),
    metrics: metrics as never,
    prices: {} as never,
    upstreams: () => [],
    instance: () => "gw",
    send: async (_target, bundle) => {
      if (!now.up) return { status: 0, body: "", reception: { result: "later", afterMs: undefined, why: "down" } };
      sent.push(bundle);
      return { status: 200, body: "", reception: { result: "sent" } };
    },
  });
  const told = () => sent.flatMap(({ alerts }) => alerts.map(({ state, rule }) => `${state} ${rule}`));
  return { rt, service, sent, now, told };
}

it("what is gathered when the options change is told, and its end too", async () => {
  const { rt, service, now, told } = stand();
  service.use(options());
  // Found at ten seconds, and gathered for ten more.
  await rt.clock.advance(12_000);
  expect(told()).toEqual([]);
  service.use(options("mutes: [{ rule: other }]"));
  await rt.clock.advance(30 * MIN);
  expect(told()).toEqual(["firing store_down"]);
  now.stores = [];
  await rt.clock.advance(10 * MIN);
  expect(told()).toEqual(["firing store_down", "resolved store_down"]);
});

it("what waits for a target that is down goes to it, though the options have another", async () => {
  const { rt, service, sent, now, told } = stand();
  service.use(options());
  now.up = false;
  await rt.clock.advance(22_000);
  service.use(options("", "others"));
  now.up = true;
  await rt.clock.advance(MIN);
  expect(told()).toEqual(["firing store_down"]);
  expect(sent).toHaveLength(1);
});

it("what waits for the end of quiet hours goes on waiting", async () => {
  const { rt, service, told } = stand();
  // The virtual clock starts at 00:00 UTC.
  const quiet = (to: string) => `quiet_hours: { from: "00:00", to: "${to}", time_zone: UTC }`;
  service.use(options(quiet("02:00")));
  await rt.clock.advance(5 * MIN);
  service.use(options(quiet("01:00")));
  await rt.clock.advance(50 * MIN);
  expect(told()).toEqual([]);
  await rt.clock.advance(10 * MIN);
  expect(told()).toEqual(["firing store_down"]);
});

it("the end of the gateway sends what is gathered, and waits for a dead target a few seconds only", async () => {
  const { rt, service, now, told } = stand();
  service.use(options());
  await rt.clock.advance(12_000);
  const ended = service.close();
  await rt.clock.advance(0);
  await ended;
  expect(told()).toEqual(["firing store_down"]);

  service.use(options("repeat: 5h"));
  await rt.clock.advance(10 * MIN);
  now.up = false;
  now.stores = [];
  await rt.clock.advance(5 * MIN + 25_000);
  let over = false;
  void service.close().then(() => {
    over = true;
  });
  await rt.clock.advance(2_000);
  expect(over).toBe(false);
  await rt.clock.advance(4_000);
  expect(over).toBe(true);
  now.up = true;
  await rt.clock.advance(60 * MIN);
  expect(told().filter((one) => one.startsWith("resolved"))).toEqual([]);
});

it("options that say the same change nothing", async () => {
  const { rt, service, told } = stand();
  for (let i = 0; i < 100; i++) {
    service.use(options());
    await rt.clock.advance(9_000);
  }
  expect(told()).toEqual(["firing store_down"]);
});
