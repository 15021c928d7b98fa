// The quota under twice the load its limit allows: it is used up, never overrun, and evenly; cost is known only afterwards.

import { exponential, normal, type Random, seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { target } from "../../testing/exchange.ts";
import { Predictor, type Route } from "../mechanics/predictor.ts";
import type { QuotaCost, Reservation } from "../mechanics/quota.ts";
import { readOptions, type Values } from "../options.ts";
import { QUOTA_OPTIONS, Quotas } from "./quotas.ts";

const OTPM = 80_000;
const MEAN = 800;
const SIGMA = 1.2;
const TOKENS_PER_MS = 80 / 1_000;
const STEP = 100;
const MINUTES = 40;
/** The ramp after a fresh start lasts somewhat over a minute. */
const WARM_UP = 3 * 60_000;
const MAX_TOKENS = 32_000;
const ROUTE: Route = { model: "claude-opus-5", stream: true, thinking: false, bytes: 2_000 };
const UPSTREAM = target("anthropic");

/** The upstream's own book: one minute's tokens, charged as they are produced. */
class Upstream {
  level = OTPM;
  lowest = OTPM;
  refusals = 0;

  pass(ms: number, produced: number): void {
    this.level = Math.min(OTPM, this.level + (OTPM * ms) / 60_000) - produced;
    this.lowest = Math.min(this.lowest, this.level);
  }

  headers(): string[] {
    const remaining = Math.round(Math.max(0, this.level) / 1_000) * 1_000;
    return [
      "Anthropic-RateLimit-Output-Tokens-Limit",
      String(OTPM),
      "anthropic-ratelimit-output-tokens-remaining",
      String(remaining),
      "anthropic-ratelimit-output-tokens-reset",
      "2026-11-21T10:00:30Z",
    ];
  }
}

interface Policy {
  readonly name: string;
  readonly options: Values<typeof QUOTA_OPTIONS>;
  readonly trueUp: boolean;
  readonly learns: boolean;
  cost(predictor: Predictor): QuotaCost;
}

const ours = (name: string, otpm: number): Policy => ({
  name,
  options: readOptions("quota", QUOTA_OPTIONS, { otpm }),
  trueUp: true,
  learns: otpm === 0,
  cost: (predictor) => ({ ...predictor.cost(ROUTE, MAX_TOKENS), input: 0 }),
});

const bucketOfAMinute = readOptions("quota", QUOTA_OPTIONS, { otpm: OTPM, token_burst: "60s", ramp_start: 1 });

const OURS = ours("mean, true-up, settle", OTPM);
const OURS_LEARNED = ours("the same, limit learned from headers", 0);
const RESERVE_MAX: Policy = {
  name: "reserve max_tokens",
  options: bucketOfAMinute,
  trueUp: false,
  learns: false,
  cost: () => ({ requests: 1, input: 0, output: MAX_TOKENS }),
};
const CHARGE_AT_END: Policy = {
  name: "charge at end",
  options: bucketOfAMinute,
  trueUp: false,
  learns: false,
  cost: () => ({ requests: 1, input: 0, output: 0 }),
};

interface Stream {
  readonly reservation: Reservation;
  readonly tokens: number;
  readonly firstAt: number;
  produced: number;
  told: number;
  answered: boolean;
}

interface Figures {
  readonly utilisation: number;
  readonly worstMinute: number;
  readonly lowest: number;
  readonly refusals: number;
  readonly open: number;
}

function run(policy: Policy, seed: string): Figures {
  const random: Random = seededRandom(seed);
  const quotas = new Quotas(policy.options);
  const predictor = new Predictor();
  const upstream = new Upstream();
  let streams: Stream[] = [];
  const perStep: number[] = [];
  let queued = 0;
  let nextArrival = 0;
  const gap = (MEAN / (2 * OTPM)) * 60_000;
  for (let now = 0; now < MINUTES * 60_000; now += STEP) {
    for (; nextArrival <= now; nextArrival += exponential(random, gap)) queued += 1;
    let produced = 0;
    for (const one of streams) {
      const before = one.produced;
      one.produced = Math.min(one.tokens, Math.max(0, (now - one.firstAt) * TOKENS_PER_MS));
      produced += one.produced - before;
    }
    upstream.pass(STEP, produced);
    perStep.push(produced);
    const quota = quotas.of(UPSTREAM, ROUTE.model);
    streams = streams.filter((one) => {
      if (policy.learns && !one.answered && now >= one.firstAt) {
        one.answered = true;
        quotas.learn(UPSTREAM, ROUTE.model, upstream.headers(), now, one.reservation);
      }
      if (one.produced >= one.tokens) {
        quota.settle(one.reservation, now, { output: one.tokens });
        predictor.sawUsage(ROUTE, { ...NOTHING, outputTokens: one.tokens });
        return false;
      }
      if (policy.trueUp && one.produced >= one.told + 256) {
        one.told = one.produced;
        quota.trueUp(one.reservation, now, { output: one.produced });
      }
      return true;
    });
    for (; queued > 0; queued -= 1) {
      const reservation = quota.reserve(now, policy.cost(predictor), 600_000);
      if (reservation === undefined) break;
      if (upstream.level < 1) {
        upstream.refusals += 1;
        quota.settle(reservation, now, { requests: 0, input: 0, output: 0 });
        break;
      }
      const drawn = Math.exp(Math.log(MEAN) - SIGMA ** 2 / 2 + SIGMA * normal(random));
      const tokens = Math.min(MAX_TOKENS, Math.max(1, Math.round(drawn)));
      streams.push({ reservation, tokens, firstAt: now + 500, produced: 0, told: 0, answered: false });
    }
  }
  const quota = quotas.of(UPSTREAM, ROUTE.model);
  const open = quota.inFlight - streams.length;
  const counted = perStep.slice(WARM_UP / STEP);
  const total = counted.reduce((sum, one) => sum + one, 0);
  let window = 0;
  let worst = 0;
  for (const [i, one] of perStep.entries()) {
    window += one - (i >= 600 ? (perStep[i - 600] as number) : 0);
    worst = Math.max(worst, window);
  }
  return {
    utilisation: total / ((counted.length * STEP * OTPM) / 60_000),
    worstMinute: worst / OTPM,
    lowest: upstream.lowest,
    refusals: upstream.refusals,
    open,
  };
}

const NOTHING = {
  inputTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  cacheReadTokens: 0,
  outputTokens: 0,
  thinkingTokens: 0,
  webSearchRequests: 0,
  webFetchRequests: 0,
};

function line(name: string, figures: Figures): string {
  const share = (value: number) => `${(value * 100).toFixed(1)} %`;
  return `${name.padEnd(38)} used ${share(figures.utilisation)}, worst 60 s ${share(figures.worstMinute)}, lowest level ${Math.round(figures.lowest)}, refused ${figures.refusals}`;
}

describe("output limit of 80,000 a minute, lognormal answers, twice the load", () => {
  const seeds = ["q1", "q2", "q3", "q4", "q5"];

  test("used to 99 % after the ramp, no refusal, the worst minute within 115 %, nothing leaked", () => {
    for (const seed of seeds) {
      for (const policy of [OURS, OURS_LEARNED]) {
        const figures = run(policy, seed);
        const table = () =>
          [
            seed,
            line(policy.name, figures),
            ...[RESERVE_MAX, CHARGE_AT_END].map((peer) => line(peer.name, run(peer, seed))),
          ].join("\n");
        const good =
          figures.utilisation >= 0.99 &&
          figures.worstMinute <= 1.15 &&
          figures.refusals === 0 &&
          figures.lowest >= 0 &&
          figures.open === 0;
        expect(good, good ? undefined : table()).toBe(true);
      }
    }
  });

  test("the measure tells policies apart: reserving max_tokens wastes, charging at the end overruns", () => {
    expect(run(RESERVE_MAX, "q1").utilisation).toBeLessThan(0.85);
    const late = run(CHARGE_AT_END, "q1");
    expect(late.worstMinute).toBeGreaterThan(1.5);
    expect(late.refusals).toBeGreaterThan(0);
  });
});
