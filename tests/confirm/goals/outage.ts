// G1 over sockets: what an outage and background errors cost in attempts, and how soon a caller is told.

import { setTimeout as sleep } from "node:timers/promises";
import type { Crew } from "../crew.ts";
import { failuresOf, steps, sum } from "../figures.ts";
import { atLeast, atMost, type Goal, type Row, type Scale } from "../goal.ts";
import { ANSWERS, pace } from "../world.ts";

const RATE = 20;

/** G1. */
export const OUTAGE: Goal = {
  id: "G1",
  title: "Outage amplification",
  world:
    "2 gateways with 20 requests a second each on one region. (a) 5 s of health, then 25 s of nothing but 529, the first 5 s not counted; (b) for 40 s 5 % of all attempts end in 500, 502, 503 or 529.",
  async run(crew, scale) {
    const parts = await Promise.all([outage(crew, scale), ...(scale === "whole" ? [errors(crew)] : [])]);
    return parts.flat();
  },
};

async function outage(crew: Crew, scale: Scale): Promise<Row[]> {
  const [well, noticing, out] = scale === "whole" ? [5, 5, 20] : [2, 4, 6];
  const simulator = await crew.simulator("--region", "main");
  await pace(simulator);
  const gateways = await crew.gateways(2, simulator.regions);
  const stages = [well, noticing, out].flatMap((seconds) => ["--stage", `${seconds}s:${RATE}`]);
  const loading = crew.loads(gateways, ...stages, ...ANSWERS);
  await simulator.reached(4);
  await sleep((well ?? 0) * 1_000);
  await simulator.fault({ kind: "overloaded" });
  const loads = await loading;
  const dark = steps(loads, 2);
  const from = Math.max(...dark.map(({ began_at }) => Date.parse(began_at)));
  const until = from + (out ?? 0) * 1_000;
  const attempts = (await simulator.log()).filter(({ at }) => at >= from && at < until).length;
  const offered = sum(dark, ({ requests }) => requests);
  return [
    {
      figure: "outage: attempts per request",
      unit: "",
      digits: 3,
      proof: atMost(0.05),
      measured: attempts / offered,
      from: `${attempts} attempts for ${offered} requests`,
    },
    {
      figure: "outage: median time to the error",
      unit: "ms",
      digits: 1,
      proof: atMost(20),
      measured: Math.max(...dark.map(({ failed_after_ms }) => failed_after_ms.p50)),
      from: `${sum(dark, ({ failed }) => failed)} failures`,
    },
  ];
}

async function errors(crew: Crew): Promise<Row[]> {
  const simulator = await crew.simulator("--region", "main");
  await pace(simulator);
  const kinds = [
    { kind: "server-error", params: { status: 500 } },
    { kind: "server-error", params: { status: 502 } },
    { kind: "server-error", params: { status: 503 } },
    { kind: "overloaded" },
  ];
  // Each is looked at only where those before it did not strike: together they make 5 %.
  for (const [i, kind] of kinds.entries())
    await simulator.fault({ ...kind, pattern: { share: 0.0125 / (1 - 0.0125 * i) } });
  const gateways = await crew.gateways(2, simulator.regions);
  const loads = await crew.loads(gateways, "--stage", `40s:${RATE}`, ...ANSWERS);
  const all = steps(loads, 0);
  const requests = sum(all, (one) => one.requests);
  const failed = sum(all, (one) => one.failed);
  // The two first requests of the loads went ahead and are in no figure of theirs.
  const attempts = (await simulator.log()).length - loads.length;
  return [
    {
      figure: "5 % errors: attempts per request",
      unit: "",
      digits: 3,
      proof: atMost(1.055),
      here: atMost(1.075),
      note: "of so few requests chance alone moves it by 0.006 (one standard deviation)",
      measured: attempts / requests,
      from: `${attempts} attempts for ${requests} requests`,
    },
    {
      figure: "5 % errors: success",
      unit: "%",
      digits: 2,
      proof: atLeast(0.9995),
      here: atLeast(1 - 1.5 / requests),
      note: "one failure in so few requests is allowed",
      measured: 1 - failed / requests,
      from: `${failed} failures of ${requests}${failuresOf(all)}`,
    },
  ];
}
