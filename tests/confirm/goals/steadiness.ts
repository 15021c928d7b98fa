// G6 over sockets: whether a healthy pool is left alone, and whether flapping is borne calmly.

import type { Crew } from "../crew.ts";
import { CircuitWatch, failuresOf, steps, sum } from "../figures.ts";
import { atMost, type Goal, type Row } from "../goal.ts";
import { type Logged, sessionOf } from "../platform.ts";
import { ANSWERS, pace, SPREAD } from "../world.ts";

const TIME = 40;
const PERIOD_MS = 8_000;
const SLOTS = 40;

/** G6. */
export const STEADINESS: Goal = {
  id: "G6",
  title: "False failover and flapping",
  world: `(a) 2 gateways, three regions, ${TIME} s of 60 conversations at a time, of 10 turns; 2 % of attempts end in a random 500, 502 or 503, 1 % take 3 s longer. (b) 2 gateways, 20 requests a second, two regions; the first is well and answers 529 in turn, with a period of ${PERIOD_MS / 1_000} s. (c) 2 gateways at 80 % load of a queueing region of ${SLOTS} places, 1 % of calls 5 s longer.`,
  async run(crew) {
    const parts = await Promise.all([healthy(crew), flapping(crew), busy(crew)]);
    return parts.flat();
  },
};

async function healthy(crew: Crew): Promise<Row[]> {
  const simulator = await crew.simulator("--region", "one", "--region", "two", "--region", "three");
  await pace(simulator);
  for (const status of [500, 502, 503])
    await simulator.fault({ kind: "server-error", params: { status }, pattern: { share: 0.02 / 3 } });
  await simulator.fault({ kind: "slow-first-byte", params: { ms: 3_000 }, pattern: { share: 0.01 } });
  const gateways = await crew.gateways(2, simulator.regions);
  const watch = new CircuitWatch(gateways);
  const how = ["-c", "30", "-d", `${TIME}s`, "--turns", "10", "--think-time", "500ms"];
  const args = [
    "--answer-tokens",
    "30",
    "--max-tokens",
    "60",
    "--prompt-tokens",
    "2000",
    "--model",
    "claude-sonnet-5-5",
  ];
  const loads = await crew.loads(gateways, ...how, ...args);
  watch.stop();
  const all = steps(loads, 0);
  const requests = sum(all, (one) => one.requests);
  const sessions = Map.groupBy(await simulator.log(), sessionOf);
  sessions.delete("");
  const moved = [...sessions.values()].filter(homeChanged).length;
  return [
    {
      figure: "false ejections",
      unit: "",
      digits: 0,
      proof: atMost(1),
      here: atMost(0),
      note: "the proof plays ten million requests",
      measured: watch.opened,
      from: `${requests} requests`,
    },
    {
      figure: "sessions whose home changed",
      unit: "%",
      digits: 2,
      proof: atMost(0.001),
      here: atMost(1.5 / sessions.size),
      note: "one in so few is allowed",
      measured: moved / sessions.size,
      from: `${sessions.size} sessions`,
    },
    {
      figure: "healthy pool: requests that failed",
      unit: "%",
      digits: 2,
      proof: undefined,
      measured: sum(all, ({ failed }) => failed) / requests,
      from: `${requests} requests${failuresOf(all)}`,
    },
  ];
}

/** Whether the first attempt of a later turn went elsewhere than where the first turn was answered. */
function homeChanged(attempts: readonly Logged[]): boolean {
  const home = attempts.find(({ status }) => status === 200)?.region;
  let size = 0;
  let begun = false;
  for (const { bodyBytes, region, status } of attempts) {
    const turn = bodyBytes !== size;
    size = bodyBytes;
    if (turn && begun && region !== home) return true;
    begun ||= status === 200;
  }
  return false;
}

async function flapping(crew: Crew): Promise<Row[]> {
  const simulator = await crew.simulator("--region", "one", "--region", "two");
  await pace(simulator);
  const half = PERIOD_MS / 2;
  const pattern = { flap: { upMs: half, downMs: half } };
  await simulator.fault({ kind: "overloaded", filter: { region: "one" }, pattern });
  const gateways = await crew.gateways(2, simulator.regions);
  const watch = new CircuitWatch(gateways);
  const loads = await crew.loads(gateways, "--stage", `${TIME}s:10`, ...ANSWERS);
  watch.stop();
  const all = steps(loads, 0);
  return [
    {
      figure: "flapping: changes of state of one circuit",
      unit: "",
      digits: 0,
      proof: atMost(6),
      note: `in ${TIME} s; the proof watches for 10 min`,
      measured: watch.most,
      from: `${(TIME * 1_000) / PERIOD_MS} flaps`,
    },
    {
      figure: "flapping: requests that failed",
      unit: "%",
      digits: 2,
      proof: undefined,
      measured: sum(all, ({ failed }) => failed) / sum(all, ({ requests }) => requests),
      from: `${sum(all, ({ requests }) => requests)} requests`,
    },
  ];
}

async function busy(crew: Crew): Promise<Row[]> {
  const simulator = await crew.simulator("--region", `main,capacity=${SLOTS},queue=100000,abandoned=serve`);
  await pace(simulator);
  await simulator.set("main", { firstTokenMs: SPREAD.firstMs });
  await simulator.fault({ kind: "slow-first-byte", params: { ms: 5_000 }, pattern: { share: 0.01 } });
  const gateways = await crew.gateways(2, simulator.regions);
  // The slow calls hold their places too: 1.05 s of a place for each request on average.
  const rate = (0.8 * SLOTS) / 1.05 / 2;
  const loads = await crew.loads(gateways, "--stage", `${TIME}s:${rate.toFixed(1)}`, ...SPREAD.args);
  const all = steps(loads, 0);
  const requests = sum(all, (one) => one.requests);
  return [
    {
      figure: "80 % load: requests shed",
      unit: "%",
      digits: 2,
      proof: atMost(0.00005),
      here: atMost(0),
      measured: sum(all, ({ failed }) => failed) / requests,
      from: `${requests} requests${failuresOf(all)}`,
    },
  ];
}
