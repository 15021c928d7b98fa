// Hedge: the slowest requests where one in a hundred stalls.

import { FAIRLEAD } from "../fairlead.ts";
import { STATE } from "../history.ts";
import { PLATFORM } from "../platform.ts";
import { World } from "../world.ts";
import { share } from "./overload.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { type Points, slower } from "./series.ts";

const RATE = 20;
const END = 900_000;
const STALL = 150_000;

/** How many requests take how long to their first content. */
export const STALLS_PLOT: Plot = {
  name: "hedge",
  async make() {
    return {
      title: "Time to first content where one request in 200 stalls",
      note: `${RATE} requests a second spread over two upstreams for 15 minutes; 0.5 % show no sign of life for ${STALL / 1_000} s. The head time-out is 60 s.`,
      x: { label: "time to first content (s)", from: 0.1, to: 200, log: true, ticks: [0.1, 0.3, 1, 3, 10, 30, 100] },
      y: { label: "share of requests slower than that", from: 0.001, to: 1, log: true, words: share },
      lines: [
        { name: "off (default)", points: await played("hedge: { enabled: false }"), colour: 1 },
        { name: "enabled", points: await played("hedge: { enabled: true }"), colour: 2, dashed: true },
        { name: "enabled, after: 5s", points: await played("hedge: { enabled: true, after: 5s }"), colour: 0 },
      ],
    };
  },
};

async function played(yaml: string): Promise<Points> {
  const platforms = [PLATFORM, { ...PLATFORM, name: "secondary" }];
  const setting = { yaml: `${yaml}\nbalance: { mode: spread }` };
  const world = new World({
    seed: SEED,
    subject: FAIRLEAD,
    instances: 1,
    platforms,
    patienceMs: 240_000,
    setting,
  });
  for (const platform of world.platforms) {
    platform.slowShare = 0.005;
    platform.slowMs = STALL;
  }
  world.arrivals(0, END, RATE, RATE, () => ({}));
  await finished(world, END);
  const { history } = world;
  const times: number[] = [];
  for (let row = 0; row < history.count; row++) {
    if (history.state[row] === STATE.good)
      times.push(((history.settled[row] as number) - (history.arrived[row] as number)) / 1_000);
  }
  return slower(times);
}
