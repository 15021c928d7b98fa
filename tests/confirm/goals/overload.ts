// G2 over sockets: what gets done when twice as much is asked as can be done.

import type { Crew } from "../crew.ts";
import { quantile, steps, sum } from "../figures.ts";
import { atLeast, atMost, type Goal, type Row } from "../goal.ts";
import { pace, SPEED, SPREAD } from "../world.ts";

const SLOTS = 40;
const WARM = 10;
const OVER = 30;

/** G2. */
export const OVERLOAD: Goal = {
  id: "G2",
  title: "Goodput at 2x overload",
  world: `2 gateways before a region of ${SLOTS} places; answers take a second on average, lognormal. ${WARM} s at 32 requests a second, then ${OVER} s at 80; clients wait 5 s for the first content. Once the region refuses with 529 when it is full, once it queues, first in first out, and serves abandoned calls too. Goodput is the time of places that went into whole answers, by the simulator's bills, as a share of all time of places of the ${OVER} s.`,
  async run(crew) {
    const parts = await Promise.all([
      half(crew, "rejecting", []),
      half(crew, "queueing", ["queue=100000", "abandoned=serve"]),
    ]);
    return parts.flat();
  },
};

async function half(crew: Crew, name: "rejecting" | "queueing", more: readonly string[]): Promise<Row[]> {
  const simulator = await crew.simulator("--region", ["main", `capacity=${SLOTS}`, ...more].join(","));
  await pace(simulator);
  await simulator.set("main", { firstTokenMs: SPREAD.firstMs });
  const gateways = await crew.gateways(2, simulator.regions);
  const stages = ["--stage", `${WARM}s:16`, "--stage", `${OVER}s:40`, "--first-token-timeout", "5s"];
  const loads = await crew.loads(gateways, ...stages, ...SPREAD.args);
  const over = steps(loads, 1);
  const from = Math.max(...over.map(({ began_at }) => Date.parse(began_at)));
  const until = from + OVER * 1_000;
  const log = await simulator.log();
  const endOf = new Map(log.map(({ id, endedAt }) => [id, endedAt]));
  let used = 0;
  const alone: number[] = [];
  for (const { logId, state, usage } of await simulator.bills()) {
    const end = endOf.get(logId);
    if (state !== "complete" || end === undefined) continue;
    const ms = SPREAD.firstMs + ((usage.output_tokens ?? 0) / SPEED) * 1_000;
    alone.push(ms);
    used += Math.max(0, Math.min(end, until) - Math.max(end - ms, from));
  }
  const ok = sum(over, (one) => one.ok);
  const attempts = log.filter(({ at }) => at >= from && at < until).length;
  const proof = name === "rejecting" ? 0.97 : 0.93;
  return [
    {
      figure: `${name}: goodput of capacity`,
      unit: "%",
      digits: 1,
      proof: atLeast(proof),
      here: atLeast(proof - 0.02),
      note: `of ${SLOTS} places in place of 100 each one that is free for a moment weighs more`,
      measured: used / (SLOTS * OVER * 1_000),
      from: `${ok} whole answers of ${sum(over, ({ requests }) => requests)} requests`,
    },
    {
      figure: `${name}: attempts per success`,
      unit: "",
      digits: 2,
      proof: atMost(1.2),
      measured: attempts / ok,
      from: `${attempts} attempts`,
    },
    {
      figure: `${name}: p99 of successes, of unloaded`,
      unit: "x",
      digits: 2,
      proof: atMost(2),
      measured: Math.max(...over.map(({ latency_ms }) => latency_ms.p99)) / quantile(alone, 0.99),
      from: `${ok} whole answers`,
    },
  ];
}
