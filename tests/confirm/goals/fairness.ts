// G13 over sockets: whether a flood leaves the others their part, and whether a spike of background work leaves people theirs.

import type { LoadJson } from "fairlead";
import type { Crew } from "../crew.ts";
import { failuresOf, jain, sum } from "../figures.ts";
import { atLeast, atMost, type Goal, type Row } from "../goal.ts";
import { pace, SPREAD } from "../world.ts";

const SLOTS = 20;
const LIGHT = 10;
/** Requests a second of all light tenants together, and of the flood. */
const LIGHT_RATE = 6;
const FLOOD_RATE = 40;
const CALM = 8;
const TIME = 30;

/** G13. */
export const FAIRNESS: Goal = {
  id: "G13",
  title: "Fairness and priority",
  world: `One gateway before a rejecting region of ${SLOTS} places and as many answers a second. (a) ${LIGHT} light tenants with ${LIGHT_RATE / LIGHT} requests a second each, and one with ${FLOOD_RATE}, ${FLOOD_RATE / (LIGHT_RATE / LIGHT)} times as much, with prompts four times as long; once without the flood. Jain's index is taken over each tenant's whole answers, as a share of what a max-min fair division of all of them gives it. (b) interactive work at a third of capacity and batches at a fifth, background work that rises from 10 % to 120 %. Both rise after ${CALM} s of calm, and the ${TIME} s behind that count.`,
  async run(crew) {
    const flooded = await Promise.all([flood(crew, true), flood(crew, false), spike(crew)]);
    const [loud, solo, spiked] = flooded;
    return [...rowsOf(loud, solo), ...spiked];
  },
};

interface Flooded {
  readonly light: LoadJson;
  readonly flood: LoadJson | undefined;
}

async function flood(crew: Crew, loud: boolean): Promise<Flooded> {
  const simulator = await crew.simulator("--region", `main,capacity=${SLOTS}`);
  await pace(simulator, SPREAD.firstMs);
  const keys = Array.from({ length: LIGHT + 1 }, (_, i) => `fl-dev-tenant-${String(i).padStart(4, "0")}-01234567`);
  const projects = keys.map((key, i) => ({ name: `tenant-${i}`, key }));
  const gateway = await crew.gateway(simulator.regions, { projects });
  const light = [...stages(LIGHT_RATE, LIGHT_RATE), "--key-file", crew.keyFile(keys.slice(1)), "--tenants", `${LIGHT}`];
  const heavy = [...stages(LIGHT_RATE / LIGHT, FLOOD_RATE), "--key-file", crew.keyFile(keys.slice(0, 1))];
  const [one, other] = await Promise.all([
    crew.load(gateway, "--seed", "light", ...light, ...SPREAD.args),
    loud ? crew.load(gateway, "--seed", "flood", ...heavy, ...SPREAD.args, "--prompt-tokens", "240") : undefined,
  ]);
  return { light: one, flood: other };
}

function rowsOf(loud: Flooded, solo: Flooded): Row[] {
  const light = loud.light.steps[1];
  const heavy = loud.flood?.steps[1];
  const each = light?.tenants?.ok ?? [];
  const ok = [...each, heavy?.ok ?? 0];
  // Requests take turns with the tenants: each asks for as much as the others.
  const asked = [...each.map(() => (light?.requests ?? 0) / LIGHT), heavy?.requests ?? 0];
  const fair = maxMin(
    asked,
    sum(ok, (one) => one),
  );
  const [with_, without] = [
    light?.first_token_ms.p99 ?? Number.NaN,
    solo.light.steps[1]?.first_token_ms.p99 ?? Number.NaN,
  ];
  return [
    {
      figure: "flood: Jain's index",
      unit: "",
      digits: 3,
      proof: atLeast(0.98),
      measured: jain(ok.map((one, i) => one / (fair[i] ?? Number.NaN))),
      from: `${LIGHT + 1} tenants, ${sum(ok, (one) => one)} whole answers of ${(light?.requests ?? 0) + (heavy?.requests ?? 0)}`,
    },
    {
      figure: "flood: light tenants' p99 to first content, of solo",
      unit: "x",
      digits: 2,
      proof: atMost(2),
      note: "without the proof's long prompts the time of solo is shorter, and the same wait is more of it",
      measured: with_ / without,
      from: `${Math.round(with_)} ms and ${Math.round(without)} ms`,
    },
    {
      figure: "flood: light tenants' success",
      unit: "%",
      digits: 2,
      proof: undefined,
      measured: (light?.ok ?? 0) / (light?.requests ?? 0),
      from: `${light?.requests} requests`,
    },
  ];
}

async function spike(crew: Crew): Promise<Row[]> {
  const simulator = await crew.simulator("--region", `main,capacity=${SLOTS}`);
  await pace(simulator, SPREAD.firstMs);
  const gateway = await crew.gateway(simulator.regions);
  const load = (priority: string, calm: number, rate: number) => {
    const args = [...stages(calm, rate), "-H", `fairlead-priority: ${priority}`, "--seed", priority];
    return crew.load(gateway, ...args, ...SPREAD.args);
  };
  const loads = await Promise.all([
    load("interactive", SLOTS / 3, SLOTS / 3),
    load("background", SLOTS / 10, SLOTS * 1.2),
    load("batch", SLOTS / 5, SLOTS / 5),
  ]);
  const [people, background, batch] = loads.map(({ steps }) => steps[1]);
  // What came within the spike: batches go on behind it, and that is no share of it.
  const during = loads.map(({ steps }) => (steps[1]?.answers_per_second ?? 0) * (steps[1]?.seconds ?? 0));
  const all = sum(during, (one) => one);
  return [
    {
      figure: "spike: interactive success",
      unit: "%",
      digits: 2,
      proof: atLeast(0.999),
      here: atLeast(1 - 2.5 / (people?.requests ?? 1)),
      note: "two failures in so few requests are allowed",
      measured: (people?.ok ?? 0) / (people?.requests ?? 0),
      from: `${people?.requests} requests${failuresOf(people === undefined ? [] : [people])}`,
    },
    {
      figure: "spike: lowest class, share of what is served",
      unit: "%",
      digits: 1,
      proof: atLeast(0.05),
      measured: (during[2] ?? 0) / all,
      from: `${Math.round(all)} whole answers, ${batch?.requests} batch requests`,
    },
    {
      figure: "spike: background success",
      unit: "%",
      digits: 1,
      proof: undefined,
      measured: (background?.ok ?? 0) / (background?.requests ?? 0),
      from: `${background?.requests} requests`,
    },
  ];
}

/** Calm, then what counts. */
function stages(calm: number, rate: number): string[] {
  return ["--stage", `${CALM}s:${calm.toFixed(1)}`, "--stage", `${TIME}s:${rate.toFixed(1)}`];
}

/** What each gets when `total` is divided max-min fairly among demands. */
function maxMin(demands: readonly number[], total: number): number[] {
  const order = demands.map((_, i) => i).sort((a, b) => (demands[a] ?? 0) - (demands[b] ?? 0));
  const got = new Array<number>(demands.length).fill(0);
  let left = total;
  for (const [at, i] of order.entries()) {
    got[i] = Math.min(demands[i] ?? 0, left / (demands.length - at));
    left -= got[i] ?? 0;
  }
  return got;
}
