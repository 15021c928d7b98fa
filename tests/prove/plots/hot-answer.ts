// Cache: what the upstream gets of a question that everybody asks.

import { FAIRLEAD } from "../fairlead.ts";
import { PLATFORM } from "../platform.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { type Points, stair } from "./series.ts";

const RATE = 20;
const MAKING = 3_000;
const END = 240_000;
const COUNT = { path: "/v1/messages/count_tokens" };

/** Requests sent upstream, counted up. */
export const HOT_ANSWER_PLOT: Plot = {
  name: "cache",
  async make() {
    const lines = [
      {
        name: "not kept, not joined",
        points: await sent("cache: { count_tokens_ttl: 0 }\njoin: { count_tokens: false }"),
        colour: 5,
      },
      { name: "kept", points: await sent("cache: { early: 0 }\njoin: { count_tokens: false }"), colour: 1 },
      { name: "kept and joined", points: await sent("cache: { early: 0 }"), colour: 2, dashed: true },
      { name: "kept, joined, renewed early (default)", points: await sent("cache: { early: 1 }"), colour: 0 },
    ];
    return {
      title: "Requests that go upstream for one question that everybody asks",
      note: `${RATE} requests a second for the same count of tokens, which takes ${MAKING / 1_000} s to make and is kept for 60 s.`,
      x: { label: "time (s)", from: 0, to: END / 1_000, ticks: [0, 60, 120, 180, 240] },
      y: { label: "requests upstream so far", from: 1, to: 10_000, log: true },
      lines: lines.map((line) => ({ ...line, step: true })),
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
      work: () => ({ firstMs: MAKING, totalMs: MAKING }),
      sent: () => {
        times.push(world.clock.now());
      },
    },
  });
  world.arrivals(0, END, RATE, RATE, () => ({ more: COUNT }));
  await finished(world, END);
  return stair(times, END);
}
