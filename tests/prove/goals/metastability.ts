// G3: whether a brown-out ends when it is over, or its backlog keeps the system down.

import { recovery } from "../figures.ts";
import { atMost, type Dice, type Goal } from "../goal.ts";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";

const WARM = 30_000;
const BROWN = 30_000;
/** How long a recovery is waited for. */
const WATCH = 180_000;
const PATIENCE = 5_000;

/** G3. */
export const METASTABILITY: Goal = {
  id: "G3",
  title: "Metastability",
  world:
    "8 instances at 85 % of a queueing platform of 100 slots that serves abandoned calls too; for 30 s it has 20 slots. Time from the end of that to the first 5 s in which 95 % of requests succeed within 5 s to their first content; watched for 180 s. The same at 95 % load.",
  measures: [
    atMost("85 % load: recovery", "s", 10, 1),
    atMost("85 % load: recovered within 180 s, worst seed", "s", 180, 1, "all"),
    atMost("95 % load: healed within 180 s, worst seed", "s", 180, 1, "all"),
  ],
  async run(subject, dice) {
    const usual = await brownOut(subject, dice, dice.vary(0.85, 0.7, 0.9), "85");
    const high = await brownOut(subject, dice, 0.95, "95");
    return {
      figures: [usual.seconds, usual.seconds, high.seconds],
      broken: [...usual.broken, ...high.broken],
      requests: usual.requests + high.requests,
      notes: [usual.story, high.story],
    };
  },
};

async function brownOut(subject: Subject, dice: Dice, load: number, name: string) {
  const slots = dice.whole(PLATFORM.slots, 60, 150);
  const world = new World({
    seed: dice.for(name),
    subject,
    instances: dice.whole(8, 3, 10),
    platforms: [{ ...PLATFORM, mode: "queue", slots }],
    patienceMs: PATIENCE,
  });
  const rate = (load * slots * 1_000) / PLATFORM.serviceMs;
  const end = WARM + BROWN;
  world.arrivals(0, end + WATCH, rate, rate, () => ({}));
  world.at(WARM, () => {
    world.primary.slots = Math.round(slots * dice.vary(0.2, 0.1, 0.4));
  });
  world.at(end, () => {
    world.primary.slots = slots;
    world.primary.next();
  });
  const seen = () => recovery(world.history, end, world.clock.now() - PATIENCE);
  await world.runUntil(end + WATCH, 10_000, () => Number.isFinite(seen()));
  return { seconds: seen(), broken: world.invariants.found, requests: world.history.count, story: world.story(name) };
}
