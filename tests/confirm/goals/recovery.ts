// G4 over sockets: how soon traffic flows again after a hard outage, and how gently it comes back.

import { setTimeout as sleep } from "node:timers/promises";
import { recovery, steps, sum } from "../figures.ts";
import { atMost, type Goal } from "../goal.ts";
import { ANSWERS, pace } from "../world.ts";

const RATE = 20;
const WARM_MS = 6_000;
const OUT_MS = 25_000;
const NOTICE_MS = 5_000;
const RAMP_SECONDS = 12;

/** G4. */
export const RECOVERY: Goal = {
  id: "G4",
  title: "Recovery after a hard outage",
  world: `2 gateways with ${RATE} requests a second each on one region; after ${WARM_MS / 1_000} s it answers 529 for ${OUT_MS / 1_000} s, then it is well. Time from there to the first 5 s in which 95 % of requests succeed. The rise is the largest growth of attempts from one second to the next afterwards, as a share of what is offered, less two standard deviations of what chance alone does.`,
  async run(crew) {
    const simulator = await crew.simulator("--region", "main");
    await pace(simulator);
    const gateways = await crew.gateways(2, simulator.regions);
    const seconds = (WARM_MS + OUT_MS) / 1_000 + RAMP_SECONDS + 2;
    const loading = crew.loads(gateways, "--stage", `${seconds}s:${RATE}`, ...ANSWERS);
    await simulator.reached(4);
    await sleep(WARM_MS);
    const out = await simulator.fault({ id: "out", kind: "overloaded" });
    await sleep(OUT_MS);
    const end = await simulator.heal("out");
    const all = steps(await loading, 0);
    const log = await simulator.log();
    const within = (from: number, until: number) => log.filter(({ at }) => at >= from && at < until).length;
    const offered = RATE * gateways.length;
    let rise = 0;
    let raw = 0;
    for (let second = 0; second < RAMP_SECONDS; second++) {
      const at = end + second * 1_000;
      const [before, now] = [within(at - 1_000, at), within(at, at + 1_000)];
      raw = Math.max(raw, (now - before) / offered);
      rise = Math.max(rise, (now - before - 2 * Math.sqrt(now + before)) / offered);
    }
    const attempts = within(out + NOTICE_MS, end);
    const asked = (offered * (OUT_MS - NOTICE_MS)) / 1_000;
    return [
      {
        figure: "recovery",
        unit: "s",
        digits: 0,
        proof: atMost(5),
        here: atMost(6),
        note: "to the second, and the proof itself has draws of 5.75 s",
        measured: recovery(all, end),
        from: `${sum(all, ({ requests }) => requests)} requests`,
      },
      {
        figure: "outage: attempts per request, after 5 s",
        unit: "",
        digits: 3,
        proof: atMost(0.05),
        measured: attempts / asked,
        from: `${attempts} attempts for some ${asked} requests`,
      },
      {
        figure: "largest rise of attempts in a second",
        unit: "%",
        digits: 0,
        proof: atMost(0.25),
        note: "so few requests a second leave much to chance: the next row has it included",
        measured: rise,
        from: `${RAMP_SECONDS} seconds of ${offered} requests`,
      },
      {
        figure: "largest rise, chance included",
        unit: "%",
        digits: 0,
        proof: undefined,
        measured: raw,
        from: `${RAMP_SECONDS} seconds of ${offered} requests`,
      },
    ];
  },
};
