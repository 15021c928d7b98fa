// G11: how much of an output-token limit is used when nobody knows beforehand what an answer will cost.

import { atLeast, atMost, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { type LimitedPlan, LimitedPlatform } from "../limited-platform.ts";
import { World } from "../world.ts";

const PLAN: LimitedPlan = { otpm: 80_000, meanTokens: 800, sigma: 1.2, maxTokens: 32_000, speed: 80 };
/** The first minute is for filling up. */
const WARM = 60_000;
const TIME = 660_000;
const WINDOW = 60;

/** G11. */
export const TOKEN_LIMITS: Goal = {
  id: "G11",
  title: "Token limits, cost unknown",
  world:
    "One instance, one account with 80,000 output tokens a minute: a bucket that refills continuously, is charged while tokens are made, and refuses with 429 when empty; its headers tell limit and rest. Twice as much is asked: lognormal answers of 800 tokens on average (sigma 1.2), max_tokens 32,000, background priority. 11 min, the first not counted for use.",
  measures: [
    atLeast("use of the limit", "%", 0.99, 1),
    atMost("429 from upstream", "", 0, 0, "all"),
    atMost("worst 60 s, of the limit", "%", 1.15, 0),
    told("requests served", "%", 1, "low"),
  ],
  async run(subject, dice) {
    const plan = {
      ...PLAN,
      meanTokens: dice.vary(PLAN.meanTokens, 600, 1_200),
      sigma: dice.vary(PLAN.sigma, 0.8, 1.3),
    };
    let platform: LimitedPlatform | undefined;
    const world = new World({
      seed: dice.for("limits"),
      subject,
      instances: 1,
      platforms: [],
      patienceMs: 60_000,
      setting: { upstreams: ["primary"] },
      targets: (world) => {
        platform ??= new LimitedPlatform(world, plan);
        return [platform.face()];
      },
    });
    const rate = (2 * plan.otpm) / 60 / plan.meanTokens;
    const look = {
      dialect: "claude" as const,
      model: "claude-sonnet-5-5",
      modelSpans: [[9, 28] as const],
      stream: true,
      maxTokens: 32_000,
      userId: undefined,
    };
    world.arrivals(0, TIME, rate, rate, () => ({ look, priority: "background" }));
    await world.run(TIME);
    const made = platform?.made ?? [];
    let used = 0;
    let worst = 0;
    let window = 0;
    for (let second = 0; second < TIME / 1_000; second++) {
      const tokens = made[second] ?? 0;
      if (second >= WARM / 1_000) used += tokens;
      window += tokens - (made[second - WINDOW] ?? 0);
      worst = Math.max(worst, window);
    }
    const { history, invariants } = world;
    let served = 0;
    for (let row = 0; row < history.count; row++) if (history.state[row] === STATE.good) served += 1;
    return {
      figures: [
        used / ((plan.otpm * (TIME - WARM)) / 60_000),
        platform?.refused ?? 0,
        worst / plan.otpm,
        served / history.count,
      ],
      broken: invariants.found,
      requests: history.count,
      notes: [world.story("limits"), `tokens by 10 s: ${tens(made)}`],
    };
  },
};

function tens(series: readonly number[]): string {
  const sums: number[] = [];
  for (const [second, tokens] of series.entries())
    sums[Math.floor(second / 10)] = (sums[Math.floor(second / 10)] ?? 0) + (tokens ?? 0);
  return sums.join(" ");
}
