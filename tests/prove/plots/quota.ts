// Quota: how much of a token limit is used when twice as much is asked, and how often the upstream refuses.

import { FAIRLEAD } from "../fairlead.ts";
import { type LimitedPlan, LimitedPlatform } from "../limited-platform.ts";
import { ANTHROPIC_SDK } from "../peers/anthropic-sdk.ts";
import { World } from "../world.ts";
import { finished, type Plot, SEED } from "./plot.ts";
import type { Points } from "./series.ts";

const PLAN: LimitedPlan = { otpm: 80_000, meanTokens: 800, sigma: 1.2, maxTokens: 32_000, speed: 80 };
const END = 420_000;
const LOOK = {
  dialect: "claude" as const,
  model: "claude-sonnet-5-5",
  modelSpans: [[9, 28] as const],
  stream: true,
  maxTokens: 32_000,
  userId: undefined,
};

/** Output tokens of the last minute. */
export const QUOTA_PLOT: Plot = {
  name: "quota",
  async make() {
    const lines = [];
    for (const subject of [FAIRLEAD, ANTHROPIC_SDK]) {
      let platform: LimitedPlatform | undefined;
      const world = new World({
        seed: SEED,
        subject,
        instances: 1,
        platforms: [],
        patienceMs: 60_000,
        setting: { upstreams: ["primary"] },
        targets: (one) => {
          platform ??= new LimitedPlatform(one, PLAN);
          return [platform.face()];
        },
      });
      const rate = (2 * PLAN.otpm) / 60 / PLAN.meanTokens;
      world.arrivals(0, END, rate, rate, () => ({ look: LOOK, priority: "background" }));
      await finished(world, END);
      const name = subject.name === "fairlead" ? "Fairlead" : subject.name;
      const refused = (platform?.refused ?? 0).toLocaleString("en-US");
      lines.push({ name: `${name}: ${refused} times 429`, points: lastMinute(platform?.made ?? []) });
    }
    return {
      title: "Output tokens of the last 60 s, against a limit of 80,000 a minute",
      note: "One account, answers of 800 tokens on average (lognormal, max_tokens 32,000); twice as much is asked as the limit allows.",
      x: { label: "time (s)", from: 0, to: END / 1_000, ticks: [0, 60, 120, 180, 240, 300, 360, 420] },
      y: { label: "tokens in 60 s", from: 0, to: 180_000, ticks: [0, 40_000, 80_000, 120_000, 160_000] },
      lines,
      rules: [{ at: PLAN.otpm, label: "the limit" }],
    };
  },
};

function lastMinute(made: readonly (number | undefined)[]): Points {
  const points: Points = [];
  let sum = 0;
  for (let second = 0; second < END / 1_000; second++) {
    sum += (made[second] ?? 0) - (made[second - 60] ?? 0);
    if (second % 3 === 2) points.push([second + 1, sum]);
  }
  return points;
}
