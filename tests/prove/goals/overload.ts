// G2: what gets done when twice as much is asked as can be done.

import { countIn, quantile, times } from "../figures.ts";
import { atLeast, atMost, type Dice, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { PLATFORM, type PlatformPlan } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";

const WARM = 20_000;
const OVER = 120_000;
const PATIENCE = 5_000;

/** G2. */
export const OVERLOAD_GOAL: Goal = {
  id: "G2",
  title: "Goodput at 2x overload",
  world:
    "8 instances, a platform of 100 slots of 1 s (100 requests a second). 20 s at 80 requests a second, then 120 s at 200; clients wait 5 s for the first content. Once the platform refuses with 529 when it is full, once it queues, first in first out, and serves abandoned calls too. Goodput is slot time that went into whole answers in time, as a share of all slot time of the 120 s.",
  measures: [
    atLeast("rejecting: goodput of capacity", "%", 0.97, 1),
    atMost("rejecting: attempts per success", "", 1.2, 2),
    atMost("rejecting: p99 of successes, of unloaded", "x", 2, 2),
    atLeast("queueing: goodput of capacity", "%", 0.93, 1),
    atMost("queueing: attempts per success", "", 1.2, 2),
    atMost("queueing: p99 of successes, of unloaded", "x", 2, 2),
    told("rejecting: first content p99", "ms", 0),
    told("queueing: first content p99", "ms", 0),
  ],
  async run(subject, dice) {
    const one = await half(subject, dice, "reject");
    const two = await half(subject, dice, "queue");
    return {
      figures: [...one.figures, ...two.figures, one.first, two.first],
      broken: [...one.broken, ...two.broken],
      requests: one.requests + two.requests,
      notes: [one.story, two.story],
    };
  },
};

async function half(subject: Subject, dice: Dice, mode: PlatformPlan["mode"]) {
  const slots = dice.whole(PLATFORM.slots, 60, 150);
  const serviceMs = dice.vary(PLATFORM.serviceMs, 800, 1_500);
  const platform = { ...PLATFORM, mode, slots, serviceMs };
  const world = new World({
    seed: dice.for(mode),
    subject,
    instances: dice.whole(8, 3, 10),
    platforms: [platform],
    patienceMs: PATIENCE,
  });
  const capacity = (slots * 1_000) / serviceMs;
  world.arrivals(0, WARM, 0.8 * capacity, 0.8 * capacity, () => ({}));
  world.arrivals(WARM, WARM + OVER, 2 * capacity, 2 * capacity, () => ({}));
  let before = 0;
  let after = 0;
  world.at(WARM, () => {
    before = world.primary.useful;
  });
  world.at(WARM + OVER, () => {
    after = world.primary.useful;
  });
  await world.run(WARM + OVER);
  const { history, invariants } = world;
  let attempts = 0;
  for (const row of history.between(WARM, WARM + OVER)) attempts += history.attempts[row] as number;
  const good = countIn(history, WARM, WARM + OVER, STATE.good);
  const took = times(history, WARM, WARM + OVER, STATE.good, "ended");
  // The service time is exponential: 99 % take no longer than 4.6 times its mean.
  const unloaded = -Math.log(0.01) * serviceMs;
  return {
    figures: [(after - before) / (slots * OVER), attempts / good, quantile(took, 0.99) / unloaded],
    first: quantile(times(history, WARM, WARM + OVER, STATE.good, "settled"), 0.99),
    broken: invariants.found,
    requests: history.count,
    story: world.story(mode),
  };
}
