// Tests of the whole list of metrics: the promised names and labels, what other rooms add, and that callers cannot fill the memory.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, it } from "vitest";
import { describeMetrics, Metrics } from "./metrics.ts";
import { Counter } from "./registry.ts";

const metrics = () =>
  new Metrics(virtualRuntime(1), {
    streams: () => 0,
    connections: () => [],
    upstreams: () => [],
    engine: () => {
      throw new Error("not read here");
    },
  });

it("has every promised metric with its labels, each name once", () => {
  const all = describeMetrics();
  const labels = Object.fromEntries(all.map((one) => [one.name, one.labels.join(",")]));
  expect(labels).toMatchObject({
    fairlead_requests_total: "project,model,upstream,outcome,status",
    fairlead_request_seconds: "upstream",
    fairlead_first_token_seconds: "upstream",
    fairlead_attempts_total: "upstream,verdict",
    fairlead_retry_delay_seconds: "upstream",
    fairlead_tokens_total: "project,model,kind",
    fairlead_request_tokens: "project",
    fairlead_cost_usd_total: "project,model",
    fairlead_upstream_state: "upstream",
    fairlead_connections: "upstream,state",
    fairlead_queue_wait_seconds: "priority",
    fairlead_streams_active: "",
    fairlead_stream_resumes_total: "result",
    fairlead_overhead_seconds: "",
  });
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
});

it("prints what rooms count and read, and nothing of a gauge without a reader", () => {
  const all = metrics();
  all.rooms.limitRefusals.add(["web", "rpm"]);
  all.rooms.spoolUsed.read = () => [{ values: [], value: 0.25 }];
  const text = all.rooms
    .all()
    .map((one) => one.print())
    .join("");
  expect(text).toContain('fairlead_limit_refusals_total{project="web",limit="rpm"} 1\n');
  expect(text).toContain("fairlead_ledger_spool_used_ratio 0.25\n");
  expect(text).not.toMatch(/^fairlead_store_up/m);
});

it("takes a further metric, but no name twice", () => {
  const all = metrics();
  const mine = new Counter("fairlead_mine_total", "Mine.", []);
  all.register(mine);
  expect(all.describe().at(-1)?.name).toBe("fairlead_mine_total");
  expect(() => all.register(new Counter("fairlead_mine_total", "Another.", []))).toThrow(/there is a metric/);
});

it("counts what found no place under `other`, and says so", () => {
  const counter = new Counter("x_total", "X.", ["a", "b"], 3);
  for (let i = 0; i < 10; i++) counter.add([`a${i}`, "b"]);
  const lines = counter.print().trim().split("\n").slice(2);
  expect(lines).toEqual([
    'x_total{a="a0",b="b"} 1',
    'x_total{a="a1",b="b"} 1',
    'x_total{a="a2",b="b"} 1',
    'x_total{a="other",b="other"} 7',
  ]);
  expect(counter.overflowed).toBe(7);
});
