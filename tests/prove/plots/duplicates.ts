// Join: what the upstream gets of a burst of the same request.

import { FAIRLEAD } from "../fairlead.ts";
import { PLATFORM } from "../platform.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { type Points, stair } from "./series.ts";

const CLIENTS = 100;
const EVERY = 80;
const END = 12_000;
const KEY = { idempotencyKey: "order-4711" };

/** Requests asked and requests sent, counted up. */
export const DUPLICATES_PLOT: Plot = {
  name: "join",
  async make() {
    const asked = Array.from({ length: CLIENTS }, (_, i) => i * EVERY);
    return {
      title: "A request that is asked a hundred times while its answer is made",
      note: `One idempotency key, a repeat every ${EVERY} ms; the answer takes 3 s. Counted up: what was asked, what went upstream.`,
      x: { label: "time (s)", from: 0, to: END / 1_000, ticks: [0, 2, 4, 6, 8, 10, 12] },
      y: { label: "requests so far", from: 0, to: 110 },
      lines: [
        { name: "sent, join.messages: off", points: await sent("join: { messages: off }"), step: true, colour: 1 },
        { name: "sent, join.messages: keyed", points: await sent("join: { messages: keyed }"), step: true, colour: 0 },
        { name: "asked", points: stair(asked, END), step: true, dashed: true, colour: 5 },
      ],
    };
  },
};

async function sent(yaml: string): Promise<Points> {
  const times: number[] = [];
  const world: World = new World({
    seed: SEED,
    subject: FAIRLEAD,
    instances: 1,
    platforms: [PLATFORM],
    patienceMs: 20_000,
    setting: { yaml },
    hooks: {
      work: () => ({ firstMs: 500, totalMs: 3_000 }),
      sent: () => {
        times.push(world.clock.now());
      },
    },
  });
  for (let i = 0; i < CLIENTS; i++) world.at(i * EVERY, () => void world.ask({ more: KEY }));
  await finished(world, END);
  return stair(times, END);
}
