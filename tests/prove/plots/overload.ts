// Admission: what gets done when twice as much is asked as can be done, and how long light tenants wait in a flood.

import { FAIRLEAD } from "../fairlead.ts";
import { STATE } from "../history.ts";
import { ANTHROPIC_SDK } from "../peers/anthropic-sdk.ts";
import { NO_RETRY } from "../peers/no-retry.ts";
import { PLATFORM } from "../platform.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import { endedWell, rate, slower } from "./series.ts";

const CAPACITY = 100;
const FROM = 20_000;
const TO = 100_000;
const END = 160_000;

/** Answers in time a second at twice the load. */
export const OVERLOAD_PLOT: Plot = {
  name: "admission",
  async make() {
    const lines = [];
    for (const subject of [FAIRLEAD, ANTHROPIC_SDK, NO_RETRY]) {
      const platforms = [{ ...PLATFORM, mode: "queue" as const, slots: CAPACITY }];
      const world = new World({ seed: SEED, subject, instances: 8, platforms, patienceMs: 5_000 });
      const asked = (now: number) => (now >= FROM && now < TO ? 2 * CAPACITY : 0.8 * CAPACITY);
      world.arrivals(0, END, asked, 2 * CAPACITY, () => ({}));
      await finished(world, END);
      lines.push({
        name: subject.name === "fairlead" ? "Fairlead" : subject.name,
        points: rate(endedWell(world.history).counts, END / 1_000, 4),
        dashed: subject === NO_RETRY,
      });
    }
    return {
      title: "Answers in time per second, before, in and after twofold overload",
      note: `8 instances, an upstream for ${CAPACITY} requests a second that queues what it cannot serve; clients wait 5 s for the first content.`,
      x: { label: "time (s)", from: 0, to: END / 1_000 },
      y: { label: "answers in time per second", from: 0, to: 130 },
      lines,
      bands: [{ from: FROM / 1_000, to: TO / 1_000, label: "200 requests a second are asked" }],
      rules: [{ at: CAPACITY, label: "capacity" }],
    };
  },
};

const LIGHT = 20;
const SLOTS = 20;
const FLOOD_END = 180_000;
const WARM = 30_000;
const PATIENCE = 30_000;

/** How long the requests of light tenants wait while one tenant floods. */
export const FLOOD_PLOT: Plot = {
  name: "fairness",
  async make() {
    const waited = async (subject: typeof FAIRLEAD, flood: number) => {
      const platforms = [{ ...PLATFORM, slots: SLOTS }];
      const world = new World({ seed: SEED, subject, instances: 1, platforms, patienceMs: PATIENCE });
      for (let tenant = 1; tenant <= LIGHT; tenant++) {
        world.arrivals(tenant, FLOOD_END, 0.2, 0.2, () => ({ tag: tenant, project: `tenant-${tenant}` }));
      }
      if (flood > 0) world.arrivals(0, FLOOD_END, flood, flood, () => ({ project: "flood" }));
      await finished(world, FLOOD_END);
      const { history } = world;
      const times: number[] = [];
      for (const row of history.between(WARM, FLOOD_END)) {
        if (history.tag[row] === 0) continue;
        const good = history.state[row] === STATE.good;
        // Who failed waited longer than anybody would.
        times.push(good ? ((history.settled[row] as number) - (history.arrived[row] as number)) / 1_000 : 100);
      }
      return slower(times);
    };
    return {
      title: "Light tenants' time to first content while one tenant floods",
      note: `20 tenants with 0.2 requests a second each, one with 40; an upstream for ${SLOTS} requests a second that refuses the rest.`,
      x: { label: "time to first content (s); at the right edge: failed", from: 0.1, to: 100, log: true },
      y: { label: "share of requests slower than that", from: 0.001, to: 1, log: true, words: share },
      lines: [
        { name: "Fairlead, in the flood", points: await waited(FAIRLEAD, 40) },
        { name: "Fairlead, without the flood", points: await waited(FAIRLEAD, 0), dashed: true, colour: 0 },
        { name: "Anthropic SDK, in the flood", points: await waited(ANTHROPIC_SDK, 40), colour: 1 },
      ],
    };
  },
};

/** A share of 1 as a percentage. */
export function share(value: number): string {
  return `${Number((value * 100).toPrecision(3))} %`;
}
