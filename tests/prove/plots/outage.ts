// Retry: what an outage gets to hear.

import { FAIRLEAD } from "../fairlead.ts";
import { ANTHROPIC_SDK } from "../peers/anthropic-sdk.ts";
import { GRPC_A6 } from "../peers/grpc-a6.ts";
import { OVERLOAD, PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { rate } from "./series.ts";

const RATE = 80;
const FROM = 30_000;
const TO = 90_000;
const END = 130_000;

/** Attempts a second through an outage of the only upstream. */
export const OUTAGE_PLOT: Plot = {
  name: "retry",
  async make() {
    const subjects: readonly Subject[] = [FAIRLEAD, ANTHROPIC_SDK, GRPC_A6];
    const lines = [];
    for (const subject of subjects) {
      const world = new World({ seed: SEED, subject, instances: 8, platforms: [PLATFORM], patienceMs: 10_000 });
      world.arrivals(0, END, RATE, RATE, () => ({}));
      world.at(FROM, () => {
        world.primary.fault = OVERLOAD;
      });
      world.at(TO, () => {
        world.primary.fault = undefined;
      });
      await finished(world, END);
      lines.push({
        name: subject.name === "fairlead" ? "Fairlead" : subject.name,
        points: rate(world.primary.perSecond, END / 1_000),
        dashed: subject === GRPC_A6,
      });
    }
    return {
      title: "Attempts per second through an outage of the only upstream",
      note: `8 instances, ${RATE} requests a second; the upstream answers 529 to everything for ${(TO - FROM) / 1_000} s.`,
      x: { label: "time (s)", from: 0, to: END / 1_000, ticks: [0, 30, 60, 90, 120] },
      y: { label: "attempts per second", from: 0, to: 300 },
      lines,
      bands: [{ from: FROM / 1_000, to: TO / 1_000, label: "outage" }],
      rules: [{ at: RATE, label: "requests asked" }],
    };
  },
};
