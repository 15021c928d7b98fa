// Deadline and time-outs: how long callers wait while an upstream takes requests and says nothing.

import { FAIRLEAD } from "../fairlead.ts";
import { FAULTS } from "../faults.ts";
import { quantile } from "../figures.ts";
import { STATE } from "../history.ts";
import { ANTHROPIC_SDK } from "../peers/anthropic-sdk.ts";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import type { Points } from "./series.ts";

const RATE = 20;
const FROM = 30_000;
const TO = 90_000;
const END = 130_000;
const PATIENCE = 10_000;
const WIDTH = 2_000;

/** The 95th percentile of the time to the first content, or until it is given up. */
export const SILENCE_PLOT: Plot = {
  name: "timeouts",
  async make() {
    return {
      title: "How long callers wait while the first upstream is silent",
      note: `2 instances, ${RATE} requests a second; for ${(TO - FROM) / 1_000} s the first of two upstreams answers 200 and then nothing. first_token: 3s.`,
      x: { label: "time of the request (s)", from: 0, to: END / 1_000, ticks: [0, 30, 60, 90, 120] },
      y: { label: "95th percentile (s)", from: 0.1, to: 100, log: true },
      lines: [
        { name: "Fairlead", points: await played(FAIRLEAD) },
        {
          name: "Anthropic SDK (its time-out ends with the head; callers leave after 40 s)",
          points: await played(ANTHROPIC_SDK),
        },
      ],
      bands: [{ from: FROM / 1_000, to: TO / 1_000, label: "silence" }],
    };
  },
};

async function played(subject: Subject): Promise<Points> {
  const platforms = [PLATFORM, { ...PLATFORM, name: "secondary" }];
  const world = new World({
    seed: SEED,
    subject,
    instances: 2,
    platforms,
    patienceMs: PATIENCE,
    setting: { headMs: 2_000, firstTokenMs: 3_000 },
  });
  world.arrivals(0, END, RATE, RATE, () => ({}));
  world.at(FROM, () => {
    world.primary.fault = FAULTS["200-silent"];
  });
  world.at(TO, () => {
    world.primary.fault = undefined;
  });
  await finished(world, END);
  const { history } = world;
  const points: Points = [];
  for (let from = 0; from < END; from += WIDTH) {
    const times: number[] = [];
    for (const row of history.between(from, from + WIDTH)) {
      const good = history.state[row] === STATE.good || history.state[row] === STATE.late;
      const until = good ? history.settled[row] : history.ended[row];
      times.push(((until as number) - (history.arrived[row] as number)) / 1_000);
    }
    if (times.length > 0) points.push([(from + WIDTH / 2) / 1_000, quantile(times, 0.95)]);
  }
  return points;
}
