// G6: whether a healthy pool is left alone: no false ejection, no session moved, nothing shed, and calm under flapping.

import { NO_USAGE } from "@fairlead/protocol";
import { Circuits } from "../circuits.ts";
import { FAULTS } from "../faults.ts";
import { atMost, type Dice, type Goal, told } from "../goal.ts";
import { STATE } from "../history.ts";
import { rowOf } from "../invariants.ts";
import { OVERLOAD, PLATFORM } from "../platform.ts";
import type { Subject } from "../subject.ts";
import { World } from "../world.ts";

/** Requests of the healthy pool in one seed: a hundred seeds make ten million. */
const REQUESTS = 100_000;
/** Of peers there is nothing rare to be found. */
const PEER_REQUESTS = 20_000;
const RATE = 300;
const TURNS = 10;
const USAGE = { ...NO_USAGE, inputTokens: 50, cacheReadTokens: 20_000, cacheWrite5mTokens: 500, outputTokens: 200 };
const FLAPS_MS = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000];
const FLAP_TIME = 600_000;
const SHED_TIME = 240_000;

/** G6. */
export const STEADINESS: Goal = {
  id: "G6",
  title: "False failover and flapping",
  world: `(a) 4 instances behind a balancer that hashes the session, three platforms, ${REQUESTS.toLocaleString("en")} requests of sessions of ${TURNS} turns with 20,000 cached tokens in each seed (ten million over a hundred seeds; peers 20,000), through the whole pipeline; 2 % of attempts end in a random 500, 502 or 503, 1 % take 20 s longer. (b) 2 instances, 20 requests a second, two platforms; for 10 min the first is well and answers 529 in turn, with periods of ${FLAPS_MS.map((ms) => ms / 1_000).join(", ")} s, two of them in each seed. (c) 8 instances at 80 % load of a queueing platform, 1 % of calls 20 s longer.`,
  measures: [
    { ...atMost("false ejections, all seeds together", "", 1, 0), over: "sum" },
    { ...atMost("sessions whose home changed", "%", 0.001, 3), over: "p95" },
    atMost("flapping: changes of state of one circuit in 10 min", "", 6, 0),
    atMost("80 % load: requests shed", "%", 0.00005, 3),
    told("flapping: requests that failed", "%", 3),
    told("healthy pool: requests that failed", "%", 3),
  ],
  async run(subject, dice) {
    const pool = await healthy(subject, dice);
    const flaps = [await flapping(subject, dice, 0), await flapping(subject, dice, 1)];
    const busy = await shed(subject, dice);
    return {
      figures: [
        pool.ejections,
        pool.moved,
        Math.max(...flaps.map(({ changes }) => changes)),
        busy.share,
        Math.max(...flaps.map(({ failed }) => failed)),
        pool.failed,
      ],
      broken: [...pool.broken, ...flaps.flatMap(({ broken }) => broken), ...busy.broken],
      notes: [pool.story, ...flaps.map(({ story }) => story), busy.story],
      requests: pool.requests + busy.requests + flaps.reduce((sum, { requests }) => sum + requests, 0),
    };
  },
};

async function healthy(subject: Subject, dice: Dice) {
  const circuits = new Circuits(subject.ours);
  const requests = subject.ours ? REQUESTS : PEER_REQUESTS;
  const sessions = requests / TURNS;
  const home = new Array<string | undefined>(sessions);
  const changed = new Uint8Array(sessions);
  const world: World = new World({
    seed: dice.for("healthy"),
    subject,
    instances: dice.whole(4, 2, 6),
    platforms: ["primary", "second", "third"].map((name) => ({ ...PLATFORM, name, slots: 1_000 })),
    patienceMs: 60_000,
    facts: circuits.hear,
    hooks: {
      // Sessions have a prompt cache to lose; without one a move would cost nothing.
      usage: () => USAGE,
      sent(x, target) {
        const row = rowOf(x);
        if (world.history.attempts[row] !== 1) return;
        const at = home[world.history.tag[row] as number];
        if (at !== undefined && at !== target.name) changed[world.history.tag[row] as number] = 1;
      },
      // Home is where the first turn was answered: the cache is there.
      good(x, target) {
        home[world.history.tag[rowOf(x)] as number] ??= target.name;
      },
    },
  });
  const kinds = [FAULTS["500"], FAULTS["502"], FAULTS["503"]];
  for (const platform of world.platforms) {
    platform.fault = kinds[0];
    platform.faultShare = dice.vary(0.02, 0.005, 0.02);
    platform.slowShare = 0.01;
    platform.slowMs = 20_000;
  }
  const chance = world.random("kinds");
  const until = (requests / RATE) * 1_000;
  for (let at = 0; at < until; at += 100) {
    world.at(at, () => {
      for (const platform of world.platforms) platform.fault = kinds[Math.floor(chance.next() * kinds.length)];
    });
  }
  // Sessions take turns: some hundreds are alive at a time, as in life, and new ones begin as old ones end.
  const alive = 500;
  let count = 0;
  world.arrivals(0, until, RATE, RATE, () => {
    const slot = Math.floor(chance.next() * alive);
    const tag = Math.min(sessions - 1, Math.floor(count / (alive * TURNS)) * alive + slot);
    count += 1;
    return { tag, instance: tag % world.plan.instances, headers: ["x-claude-code-session-id", `s${tag}`] };
  });
  await world.run(until);
  const used = home.filter((one) => one !== undefined).length;
  return {
    story: world.story("healthy pool"),
    ejections: circuits.opened,
    moved: changed.reduce((sum, one) => sum + one, 0) / used,
    failed: failedShare(world),
    broken: world.invariants.found,
    requests: world.history.count,
  };
}

async function flapping(subject: Subject, dice: Dice, which: number) {
  const circuits = new Circuits(subject.ours);
  const world = new World({
    seed: dice.for(`flap ${which}`),
    subject,
    instances: 2,
    platforms: [PLATFORM, { ...PLATFORM, name: "secondary" }],
    patienceMs: 10_000,
    facts: circuits.hear,
  });
  // Two of the periods, by the seed.
  const random = world.random("period");
  const period = FLAPS_MS[Math.floor(random.next() * FLAPS_MS.length)] as number;
  world.arrivals(0, FLAP_TIME, 20, 20, () => ({}));
  for (let at = 0; at < FLAP_TIME; at += period) {
    world.at(at + period / 2, () => {
      world.primary.fault = OVERLOAD;
    });
    world.at(at + period, () => {
      world.primary.fault = undefined;
    });
  }
  await world.run(FLAP_TIME);
  return {
    story: world.story(`flaps of ${period / 1_000} s`),
    changes: circuits.mostChanges,
    failed: failedShare(world),
    broken: world.invariants.found,
    requests: world.history.count,
  };
}

async function shed(subject: Subject, dice: Dice) {
  const world = new World({
    seed: dice.for("busy"),
    subject,
    instances: dice.whole(8, 3, 10),
    platforms: [{ ...PLATFORM, mode: "queue" }],
    patienceMs: 60_000,
  });
  world.primary.slowShare = 0.01;
  world.primary.slowMs = 20_000;
  // The slow calls hold their slots too: 1.2 s of slot for each request on average.
  const rate = (0.8 * PLATFORM.slots) / 1.2;
  world.arrivals(0, SHED_TIME, rate, rate, () => ({}));
  await world.run(SHED_TIME);
  return {
    share: failedShare(world),
    story: world.story("80 % load"),
    broken: world.invariants.found,
    requests: world.history.count,
  };
}

function failedShare({ history }: World): number {
  let failed = 0;
  for (let row = 0; row < history.count; row++) if (history.state[row] !== STATE.good) failed += 1;
  return failed / history.count;
}
