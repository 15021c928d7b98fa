// G13: whether one tenant's flood or a spike of background work costs the others anything.

import type { Look, Priority } from "@fairlead/engine";
import { NO_USAGE } from "@fairlead/protocol";
import { normal } from "@fairlead/runtime";
import { quantile } from "../figures.ts";
import { atLeast, atMost, type Dice, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { idealWaits } from "../ideal-queue.ts";
import { rowOf } from "../invariants.ts";
import { PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";

const SLOTS = 60;
const LIGHT = 20;
const LIGHT_RATE = 0.2;
const FLOOD = 50;
const TIME = 180_000;
const WARM = 30_000;
/** Tokens a second of one stream, and milliseconds of prefill for each input token. */
const SPEED = 80;
const PREFILL_MS = 0.02;
/** An output token costs five input tokens. */
const OUTPUT_WEIGHT = 5;
const SPIKE_FROM = 60_000;
const SPIKE_TO = 120_000;

const TEXT = Buffer.concat([
  Buffer.from('{"model":"claude-sonnet-5-5","stream":true,"max_tokens":4096,"messages":[{"role":"user","content":"'),
  Buffer.alloc(800_000, "word "),
]);
const LOOK: Look = {
  dialect: "claude",
  model: "claude-sonnet-5-5",
  modelSpans: [[9, 28]],
  stream: true,
  maxTokens: 4_096,
  userId: undefined,
};

/** G13. */
export const FAIRNESS: Goal = {
  id: "G13",
  title: "Fairness and priority",
  world: `4 instances, a rejecting platform of ${SLOTS} slots, prompts of 1,000 to 200,000 tokens (log-uniform), outputs of 400 tokens on average. (a) ${LIGHT} light tenants with ${LIGHT_RATE} requests a second each, and one with ${FLOOD} times as many; Jain's index is taken over each tenant's served cost (input + 5 x output tokens), as a share of what a max-min fair division of all that was served gives it. (b) interactive work at a third of capacity, background work that rises to 12 times its rate for 60 s, and batches; a seed has some 650 interactive requests, of which one is more than a thousandth, so that their success is judged over all seeds together.`,
  bound:
    "flood: one queue for all instances that knows everything would reach the figure of its row; with four equal limits of 15 we reach some 1.25. The rest is that the limits are learned by each instance for itself and are not equal: one that is cut within the first seconds, before its level is known, needs up to 45 s to grow back. Spike: nearly all interactive failures are three answers of 529 to one request within the first seconds of the spike, before a limit is learned.",
  measures: [
    atLeast("flood: Jain's index", "", 0.98, 3),
    atMost("flood: light tenants' p99 to first content, of solo", "x", 2, 2),
    atLeast("spike: interactive success", "%", 0.999, 2, "mean"),
    atLeast("spike: lowest class, share of what is served", "%", 0.05, 1),
    told("flood: the same with one queue for all instances that knows everything", "x", 2),
    told("flood: light tenants' success", "%", 2, "low"),
    told("flood: light tenants' p99 wait for the attempt", "ms", 0),
    told("spike: background success", "%", 1, "low"),
  ],
  async run(subject, dice) {
    const flood = await flooded(subject, dice, true);
    const solo = await flooded(subject, dice, false);
    const spiked = await spike(subject, dice);
    return {
      figures: [
        flood.jain,
        flood.first / solo.first,
        spiked.interactive,
        spiked.lowest,
        flood.ideal / solo.first,
        flood.success,
        flood.wait,
        spiked.background,
      ],
      broken: [...flood.broken, ...solo.broken, ...spiked.broken],
      notes: [flood.story, solo.story, spiked.story],
      requests: flood.requests + solo.requests + spiked.requests,
    };
  },
};

/** What each request will cost, drawn when it is asked. */
class Loads {
  readonly input: number[] = [];
  readonly output: number[] = [];
  readonly world: World;
  readonly #random;
  #draws = 0;

  constructor(plan: { seed: string; subject: Subject; instances: number; patienceMs: number }) {
    this.world = new World({
      ...plan,
      platforms: [{ ...PLATFORM, slots: SLOTS }],
      hooks: {
        work: (x) => {
          const row = rowOf(x);
          return this.work(row);
        },
        usage: (x) => {
          const row = rowOf(x);
          return { ...NO_USAGE, inputTokens: this.input[row] as number, outputTokens: this.output[row] as number };
        },
      },
    });
    this.#random = this.world.random("loads");
  }

  /** A request's arrival: draws its cost and gives what the client sends. */
  ask(tag: number, priority: Priority, patienceMs: number) {
    const input = Math.round(1_000 * 200 ** this.#random.next());
    // Lognormal with mean 400.
    const output = Math.max(1, Math.min(4_096, Math.round(290 * Math.exp(0.8 * normal(this.#random)))));
    const row = this.world.history.count;
    this.input[row] = input;
    this.output[row] = output;
    this.#draws += 1;
    return {
      tag,
      project: `tenant-${tag}`,
      priority,
      patienceMs,
      headers: ["x-claude-code-session-id", `once-${this.#draws}`],
      body: TEXT.subarray(0, Math.min(TEXT.length, input * 4)),
      look: LOOK,
    };
  }

  work(row: number) {
    const firstMs = 150 + (this.input[row] as number) * PREFILL_MS;
    return { firstMs, totalMs: firstMs + ((this.output[row] as number) / SPEED) * 1_000 };
  }

  cost(row: number): number {
    return (this.input[row] as number) + OUTPUT_WEIGHT * (this.output[row] as number);
  }
}

async function flooded(subject: Subject, dice: Dice, flood: boolean) {
  const loads = new Loads({
    seed: dice.for(flood ? "flood" : "solo"),
    subject,
    instances: dice.whole(4, 1, 5),
    patienceMs: 30_000,
  });
  const { world } = loads;
  for (let tenant = 1; tenant <= LIGHT; tenant++) {
    world.arrivals(tenant, TIME, LIGHT_RATE, LIGHT_RATE, () => loads.ask(tenant, "interactive", 30_000));
  }
  const rate = LIGHT_RATE * FLOOD * dice.vary(1, 0.8, 1.5);
  if (flood) world.arrivals(0, TIME, rate, rate, () => loads.ask(0, "interactive", 30_000));
  await world.run(TIME);
  const { history, invariants } = world;
  const asked = new Array<number>(LIGHT + 1).fill(0);
  const served = new Array<number>(LIGHT + 1).fill(0);
  const first: number[] = [];
  const waits: number[] = [];
  let light = 0;
  let good = 0;
  for (const row of history.between(WARM, TIME)) {
    const tenant = history.tag[row] as number;
    const cost = loads.cost(row);
    const ok = history.state[row] === STATE.good;
    asked[tenant] = (asked[tenant] as number) + cost;
    if (ok) served[tenant] = (served[tenant] as number) + cost;
    if (tenant === 0) continue;
    light += 1;
    if (ok) good += 1;
    first.push(ok ? (history.settled[row] as number) - (history.arrived[row] as number) : Number.POSITIVE_INFINITY);
    if (ok) waits.push((history.sent[row] as number) - (history.arrived[row] as number));
  }
  const fair = maxMin(
    asked,
    served.reduce((sum, one) => sum + one, 0),
  );
  const shares = served.flatMap((one, tenant) => (asked[tenant] === 0 ? [] : [one / (fair[tenant] as number)]));
  const starved = shares.filter((one) => one < 0.2).length;
  if (subject.ours && starved > 0) invariants.broken(`${starved} tenants were starved`, TIME);
  return {
    jain: jain(shares),
    first: quantile(first, 0.99),
    ideal: quantile(idealFirst(loads), 0.99),
    wait: quantile(waits, 0.99),
    success: good / light,
    story: `${world.story(flood ? "flood" : "solo")}; shares of the fair part: ${shares.map((one) => one.toFixed(2)).join(" ")}`,
    broken: invariants.found,
    requests: history.count,
  };
}

/** Milliseconds to the light tenants' first content under a scheduler that nobody has. */
function idealFirst(loads: Loads): number[] {
  const { history } = loads.world;
  const rows = Array.from({ length: history.count }, (_, row) => row);
  const waits = idealWaits(
    rows.map((row) => ({
      arrivedMs: history.arrived[row] as number,
      serviceMs: loads.work(row).totalMs,
      rank: history.tag[row] === 0 ? 1 : 0,
    })),
    SLOTS,
  );
  const counted = [...history.between(WARM, TIME)].filter((row) => history.tag[row] !== 0);
  return counted.map((row) => (waits[row] as number) + loads.work(row).firstMs);
}

async function spike(subject: Subject, dice: Dice) {
  const loads = new Loads({ seed: dice.for("spike"), subject, instances: dice.whole(4, 1, 5), patienceMs: 30_000 });
  const { world } = loads;
  // A call takes 5.9 s on average: 60 slots serve some ten requests a second.
  const capacity = SLOTS / 5.9;
  const third = capacity / 3;
  const calm = capacity / 10;
  const background = (now: number) => (now >= SPIKE_FROM && now < SPIKE_TO ? 12 * calm : calm);
  world.arrivals(0, TIME, third, third, () => loads.ask(0, "interactive", 30_000));
  world.arrivals(1, TIME, background, 12 * calm, () => loads.ask(1, "background", 120_000));
  world.arrivals(2, TIME, capacity / 5, capacity / 5, () => loads.ask(2, "batch", 600_000));
  await world.run(TIME);
  const { history, invariants } = world;
  const asked = [0, 0, 0];
  const good = [0, 0, 0];
  const served = [0, 0, 0];
  for (let row = 0; row < history.count; row++) {
    const tag = history.tag[row] as number;
    const ok = history.state[row] === STATE.good;
    asked[tag] = (asked[tag] as number) + 1;
    if (!ok) continue;
    good[tag] = (good[tag] as number) + 1;
    // What was begun during the spike counts for the shares, whenever it was asked.
    const sent = history.sent[row] as number;
    if (sent >= SPIKE_FROM && sent < SPIKE_TO) served[tag] = (served[tag] as number) + loads.cost(row);
  }
  const all = served.reduce((sum, one) => sum + one, 0);
  return {
    interactive: (good[0] as number) / (asked[0] as number),
    background: (good[1] as number) / (asked[1] as number),
    lowest: (served[2] as number) / all,
    story: `${world.story("spike")}; asked ${asked.join(" ")}, good ${good.join(" ")}`,
    broken: invariants.found,
    requests: history.count,
  };
}

/** What each gets when `total` is divided max-min fairly among demands. */
export function maxMin(demands: readonly number[], total: number): number[] {
  const order = demands.map((_, i) => i).sort((a, b) => (demands[a] as number) - (demands[b] as number));
  const got = new Array<number>(demands.length).fill(0);
  let left = total;
  for (const [at, i] of order.entries()) {
    const share = left / (demands.length - at);
    got[i] = Math.min(demands[i] as number, share);
    left -= got[i] as number;
  }
  return got;
}

/** Jain's index of fairness: 1 when all are equal, 1/n when one has everything. */
export function jain(values: readonly number[]): number {
  const sum = values.reduce((total, one) => total + one, 0);
  const squares = values.reduce((total, one) => total + one * one, 0);
  return (sum * sum) / (values.length * squares);
}
