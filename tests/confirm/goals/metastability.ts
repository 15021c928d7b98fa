// G3 over sockets: whether a brown-out ends when it is over, or its backlog keeps the system down.

import { setTimeout as sleep } from "node:timers/promises";
import { recovery, steps, sum } from "../figures.ts";
import { atMost, type Goal } from "../goal.ts";
import { pace, SPREAD } from "../world.ts";

const SLOTS = 40;
const BROWN = 8;
const LOAD = 0.85;
const WARM_MS = 8_000;
const BROWN_MS = 15_000;
const TIME = 53;

/** G3. */
export const METASTABILITY: Goal = {
  id: "G3",
  title: "Metastability",
  world: `2 gateways at ${LOAD * 100} % of a queueing region of ${SLOTS} places that serves abandoned calls too; after ${WARM_MS / 1_000} s it has ${BROWN} places for ${BROWN_MS / 1_000} s. Time from the end of that to the first 5 s in which 95 % of requests succeed with their first content within 5 s.`,
  async run(crew) {
    const simulator = await crew.simulator("--region", `main,capacity=${SLOTS},queue=100000,abandoned=serve`);
    await pace(simulator);
    await simulator.set("main", { firstTokenMs: SPREAD.firstMs });
    const gateways = await crew.gateways(2, simulator.regions);
    const stage = `${TIME}s:${(LOAD * SLOTS) / 2}`;
    const loading = crew.loads(gateways, "--stage", stage, "--first-token-timeout", "5s", ...SPREAD.args);
    await simulator.reached(4);
    await sleep(WARM_MS);
    await simulator.set("main", { capacity: BROWN });
    await sleep(BROWN_MS);
    await simulator.set("main", { capacity: SLOTS });
    const end = Date.now();
    const all = steps(await loading, 0);
    const failed = sum(all, (one) => one.failed);
    return [
      {
        figure: "85 % load: recovery",
        unit: "s",
        digits: 0,
        proof: atMost(10),
        note: "to the second",
        measured: recovery(all, end),
        from: `${failed} failures of ${sum(all, ({ requests }) => requests)} requests in all`,
      },
    ];
  },
};
