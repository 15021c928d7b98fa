// Limits: what a token bucket and a leaky bucket make of bursts.

import { LIMITS_OPTIONS, Limiter, limits, pipeline, readOptions, type Target } from "@fairlead/engine";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { type Points, stair } from "./series.ts";

const BURST = 30;
const BURSTS = [0, 30_000, 60_000];
const END = 100_000;

/** Requests asked and sent, counted up. */
export const PACE_PLOT: Plot = {
  name: "limits",
  async make() {
    const asked = BURSTS.flatMap((at) => new Array<number>(BURST).fill(at));
    return {
      title: "Three bursts of 30 requests under a limit of 60 a minute",
      note: "requests_per_minute: 60, burst: 10s; whoever comes too early waits for its turn. Counted up: what was asked, what was sent.",
      x: { label: "time (s)", from: 0, to: END / 1_000 },
      y: { label: "requests so far", from: 0, to: 100 },
      lines: [
        { name: "asked", points: stair(asked, END), step: true, dashed: true, colour: 5 },
        { name: "sent, kind: token", points: await sent("token"), step: true, colour: 0 },
        { name: "sent, kind: leaky", points: await sent("leaky"), step: true, colour: 1 },
      ],
    };
  },
};

/** The layer alone, as it stands in the client. */
function limited(kind: "token" | "leaky"): Subject {
  return {
    name: `limits, ${kind}`,
    source: "packages/engine/src/policies/limits.ts",
    ours: false,
    spreads: false,
    timesAttempts: false,
    settle() {
      const options = readOptions("limits", LIMITS_OPTIONS, { requests_per_minute: 60, kind });
      return ({ rt, targets }) => {
        const target = targets[0] as Target;
        const layer = limits(options, new Limiter(rt, options));
        return { run: pipeline(rt, [{ layer, why: "" }], (x) => target.send({ ...x, target })).run };
      };
    },
  };
}

async function sent(kind: "token" | "leaky"): Promise<Points> {
  const times: number[] = [];
  const world: World = new World({
    seed: SEED,
    subject: limited(kind),
    instances: 1,
    platforms: [PLATFORM],
    patienceMs: 120_000,
    hooks: {
      sent: () => {
        times.push(world.clock.now());
      },
    },
  });
  for (const at of BURSTS)
    world.at(at, () => {
      for (let i = 0; i < BURST; i++) world.ask({});
    });
  await finished(world, END);
  return stair(times, END);
}
