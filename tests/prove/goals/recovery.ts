// G4: how soon traffic flows again after a hard outage, and how gently it comes back.

import { arrivedIn, recovery, sumSeconds } from "../figures.ts";
import { atMost, type Goal, told } from "../goal.ts";
import { OVERLOAD, PLATFORM } from "../platform.ts";
import { World } from "../world.ts";

const WARM = 30_000;
const OUT = 60_000;
const NOTICE = 5_000;
const WATCH = 60_000;
const PATIENCE = 5_000;
/** The rise is looked at for so many seconds after the outage. */
const RAMP_SECONDS = 30;

/** G4. */
export const RECOVERY: Goal = {
  id: "G4",
  title: "Recovery after a hard outage",
  world:
    "8 instances, 80 requests a second on one platform of 100 slots; after 30 s it answers 529 for 60 s, then it is well. Time from there to the first 5 s in which 95 % of requests succeed. The rise is the largest growth of attempts from one second to the next in the 30 s after the outage, as a share of what is offered, less two standard deviations of what chance alone does.",
  bound:
    "each instance comes back alone, from a tenth of what it carried, and grows by 22 % of it a second: by 24 % the rise is above what is allowed in the worst worlds, by 20 % the slowest take more than 5 s. The slow worlds are those with few requests per instance, whose next probe has to wait for a request.",
  measures: [
    atMost("recovery", "s", 5, 2),
    atMost("outage: attempts per request, after 5 s", "", 0.05, 3),
    atMost("largest rise of attempts in a second", "%", 0.25, 0),
    told("largest rise, chance included", "%", 0),
  ],
  async run(subject, dice) {
    const rate = dice.vary(80, 50, 85);
    const world = new World({
      seed: dice.for("outage"),
      subject,
      instances: dice.whole(8, 3, 12),
      platforms: [PLATFORM],
      patienceMs: PATIENCE,
    });
    const end = WARM + OUT;
    world.arrivals(0, end + WATCH, rate, rate, () => ({}));
    world.at(WARM, () => {
      world.primary.fault = OVERLOAD;
    });
    world.at(end, () => {
      world.primary.fault = undefined;
    });
    await world.run(end + WATCH);
    const { history, primary, invariants } = world;
    const series = primary.perSecond;
    let rise = 0;
    let raw = 0;
    for (let second = end / 1_000; second < end / 1_000 + RAMP_SECONDS; second++) {
      const now = series[second] ?? 0;
      const before = series[second - 1] ?? 0;
      raw = Math.max(raw, (now - before) / rate);
      rise = Math.max(rise, (now - before - 2 * Math.sqrt(now + before)) / rate);
    }
    return {
      figures: [
        recovery(history, end, end + WATCH),
        sumSeconds(series, WARM + NOTICE, end) / arrivedIn(history, WARM + NOTICE, end),
        rise,
        raw,
      ],
      broken: invariants.found,
      requests: history.count,
      notes: [world.story("outage")],
    };
  },
};
