// G11 over sockets: how much of an output-token limit is used when nobody knows beforehand what an answer will cost.

import { steps, sum } from "../figures.ts";
import { atLeast, atMost, type Goal } from "../goal.ts";

const OTPM = 240_000;
const MEAN = 400;
const SPEED = 200;
const WARM = 25;
const TIME = 60;

/** G11. */
export const TOKEN_LIMITS: Goal = {
  id: "G11",
  title: "Token limits, cost unknown",
  world: `One gateway, one account with ${OTPM.toLocaleString("en")} output tokens a minute, charged while tokens are made, refused with 429 when there are none. Twice as much is asked: lognormal answers of ${MEAN} tokens on average (sigma 1), max_tokens 32,000, background priority. ${WARM} s to fill up, then ${TIME} s that count.`,
  async run(crew) {
    const simulator = await crew.simulator("--region", "main", "--limits", `otpm=${OTPM},burst=10`);
    await simulator.set("main", { firstTokenMs: 200, tokensPerSecond: SPEED });
    const gateway = await crew.gateway(simulator.regions);
    const rate = (2 * OTPM) / 60 / MEAN;
    const stages = ["--stage", `${WARM}s:${rate}`, "--stage", `${TIME}s:${rate}`, "--timeout", "30s"];
    const what = ["--answer-tokens", `${MEAN}~1`, "--max-tokens", "32000", "-H", "fairlead-priority: background"];
    const load = await crew.load(gateway, ...stages, ...what);
    const [, measured] = load.steps;
    const from = Date.parse(measured?.began_at ?? "");
    const log = await simulator.log();
    const endOf = new Map(log.map(({ id, endedAt }) => [id, endedAt]));
    const perSecond = new Array<number>(TIME).fill(0);
    for (const { logId, usage } of await simulator.bills()) {
      const end = endOf.get(logId);
      const tokens = usage.output_tokens ?? 0;
      if (end === undefined) continue;
      // Made evenly up to the end of the answer: a tenth of a second at a time.
      const begin = end - (tokens / SPEED) * 1_000;
      for (let at = begin; at < end; at += 100) {
        const second = Math.floor((at - from) / 1_000);
        if (second >= 0 && second < TIME)
          perSecond[second] = (perSecond[second] ?? 0) + (tokens * Math.min(100, end - at)) / (end - begin);
      }
    }
    const made = sum(perSecond, (one) => one);
    const refused = log.filter(({ status }) => status === 429).length;
    const windows = perSecond.slice(29).map((_, i) => sum(perSecond.slice(i, i + 30), (one) => one) / (OTPM / 2));
    const requests = sum(steps([load], 1), (one) => one.requests);
    return [
      {
        figure: "use of the limit",
        unit: "%",
        digits: 1,
        proof: atLeast(0.99),
        here: atLeast(0.95),
        note: `over ${TIME} s in place of 10 min one long answer more or less is a percent`,
        measured: made / OTPM / (TIME / 60),
        from: `${Math.round(made)} tokens`,
      },
      {
        figure: "429 from upstream",
        unit: "",
        digits: 0,
        proof: atMost(0),
        measured: refused,
        from: `${log.length} attempts`,
      },
      {
        figure: "worst 30 s, of the limit",
        unit: "%",
        digits: 0,
        proof: atMost(1.15),
        note: "the proof takes 60 s",
        measured: Math.max(...windows),
        from: `${windows.length} windows`,
      },
      {
        figure: "requests served",
        unit: "%",
        digits: 1,
        proof: undefined,
        measured: sum(steps([load], 1), ({ ok }) => ok) / requests,
        from: `${requests} requests`,
      },
    ];
  },
};
