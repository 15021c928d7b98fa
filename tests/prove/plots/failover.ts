// Breaker: how an upstream that fails is left, asked whether it is well, and filled again.

import { FAIRLEAD } from "../fairlead.ts";
import { FAULTS } from "../faults.ts";
import { ENVOY } from "../peers/envoy.ts";
import { LITELLM } from "../peers/litellm.ts";
import { PORTKEY } from "../peers/portkey.ts";
import { PLATFORM } from "../platform.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { rate } from "./series.ts";

const RATE = 60;
const FROM = 30_000;
const TO = 90_000;
const END = 180_000;

const words = (value: number) => (value < 1 ? "none" : value.toLocaleString("en-US"));

/** Attempts a second on the preferred upstream, which fails for a minute while another is well. */
export const FAILOVER_PLOT: Plot = {
  name: "breaker",
  async make() {
    const lines = [];
    for (const subject of [FAIRLEAD, LITELLM, PORTKEY, ENVOY]) {
      const platforms = [PLATFORM, { ...PLATFORM, name: "secondary" }];
      const world = new World({ seed: SEED, subject, instances: 4, platforms, patienceMs: 10_000 });
      world.arrivals(0, END, RATE, RATE, () => ({}));
      world.at(FROM, () => {
        world.primary.fault = FAULTS["500"];
      });
      world.at(TO, () => {
        world.primary.fault = undefined;
      });
      await finished(world, END);
      lines.push({
        name: subject.name === "fairlead" ? "Fairlead" : subject.name,
        points: rate(world.primary.perSecond, END / 1_000),
      });
    }
    return {
      title: "Attempts per second on the preferred upstream while it fails",
      note: `4 instances, ${RATE} requests a second, a second upstream is well; the first answers 500 for ${(TO - FROM) / 1_000} s.`,
      x: { label: "time (s)", from: 0, to: END / 1_000, ticks: [0, 30, 60, 90, 120, 150, 180] },
      y: { label: "attempts per second", from: 0.1, to: 1_000, log: true, words },
      lines,
      bands: [{ from: FROM / 1_000, to: TO / 1_000, label: "500 from the first" }],
    };
  },
};
