// Four instances on one store in virtual time: latency, clocks that differ, a store that goes away, all from a seed.

import { Flow, type Outcome, pipeline } from "@fairlead/engine";
import { Tenancy } from "@fairlead/gateway";
import { between, type Clock, forkSeed, type Runtime, virtualRuntime } from "@fairlead/runtime";
import { type LimitStore, memoryLimitStore } from "@fairlead/stores";
import { type Gone, type Use, used } from "./envelope.ts";
import { offers, rulesOfKey } from "./offer.ts";
import { requestOf } from "./request.ts";

/** What happens to the store. Times are milliseconds from the start. */
export interface Weather {
  /** Not there at all. */
  readonly away?: readonly [from: number, to: number];
  /** Answers take so much longer. */
  readonly slow?: { readonly from: number; readonly to: number; readonly ms: number };
  /** Has forgotten everything at this time. */
  readonly forgets?: number;
  /** Its wall clock jumps by so much. */
  readonly jump?: { readonly at: number; readonly ms: number };
}

/** What a run gave. */
export interface Played extends Use {
  /** Trades for each request. */
  readonly trades: number;
  /** Longest that a request waited for its decision, milliseconds, and the part that did not wait at all. */
  readonly longestMs: number;
  readonly atOnce: number;
  readonly went: readonly Gone[];
}

const INSTANCES = 4;
/** How far the clocks of two instances are apart at most, milliseconds. */
const SKEW_MS = 5_000;

/** Plays one seed. */
export async function play(seed: string, forMs: number, weather: Weather = {}): Promise<Played> {
  const world = virtualRuntime(seed);
  const { clock } = world;
  const chance = forkSeed(seed, "network");
  const skew = { ms: 0 };
  const memory = memoryLimitStore({ ...shifted(clock, () => skew.ms) });
  let trades = 0;
  const away = (now: number) => weather.away !== undefined && now >= weather.away[0] && now < weather.away[1];
  const store: LimitStore = {
    trade(...args) {
      trades += 1;
      const { slow } = weather;
      const wait = () => {
        const now = clock.now();
        const more = slow !== undefined && now >= slow.from && now < slow.to ? slow.ms : 0;
        return between(chance, 1, 20) / 2 + more / 2;
      };
      return new Promise((resolve) => {
        clock.timer(wait(), () => {
          if (away(clock.now())) return;
          void memory.trade(...args).then((reply) => clock.timer(wait(), () => !away(clock.now()) && resolve(reply)));
        });
      });
    },
  };
  if (weather.forgets !== undefined) clock.timer(weather.forgets, () => memory.forget());
  const { jump } = weather;
  if (jump !== undefined) clock.timer(jump.at, () => (skew.ms = jump.ms));

  const fleet = Array.from({ length: INSTANCES }, (_, i) => {
    const rt: Runtime = { ...world, clock: shifted(clock, () => (i - 1.5) * (SKEW_MS / 3) * 2) };
    const tenancy = new Tenancy(rt, {
      store,
      instance: `i${i}`,
      instances: INSTANCES,
      moneyGraceMs: 60_000,
      moneyShare: 0.01,
    });
    const rules = Array.from({ length: 100 }, (_, key) => rulesOfKey(key));
    const layer = tenancy.layer((who) => rules[Number(who?.keyId.slice(1))] ?? []);
    return { tenancy, ...pipeline(rt, [{ layer, why: "" }], async () => answered()) };
  });
  const all = offers(forkSeed(seed, "offers"), forMs, INSTANCES);
  const gone: Gone[] = [];
  let longestMs = 0;
  let waited = 0;
  const done = all.map(
    (offer) =>
      new Promise<void>((resolve) => {
        clock.timer(offer.at, () => {
          const since = clock.now();
          void fleet[offer.instance]?.run(requestOf(offer.key)).then((outcome) => {
            const took = clock.now() - since;
            if (took > 0) waited += 1;
            longestMs = Math.max(longestMs, took);
            if (outcome.ok) gone.push({ at: clock.now(), key: offer.key });
            resolve();
          });
        });
      }),
  );
  await clock.runUntil(Promise.all(done));
  const sent = trades;
  await clock.runUntil(Promise.all(fleet.map(({ tenancy }) => tenancy.close())));
  return {
    ...used(all, gone),
    trades: sent / all.length,
    longestMs,
    atOnce: 1 - waited / all.length,
    went: gone,
  };
}

/** The same time, and another idea of what time it is. */
function shifted(clock: Clock, byMs: () => number): Clock {
  return { now: () => clock.now(), wall: () => clock.wall() + byMs(), timer: (ms, run) => clock.timer(ms, run) };
}

function answered(): Outcome {
  const flow = new Flow({ start: (sink) => sink.end(), pause() {}, resume() {}, cancel() {} }, undefined);
  flow.pipe({ write: () => true, end() {}, fail() {} });
  const target = {
    ...{ name: "a", platform: "a", account: "a", contextWindow: () => 0, modelName: (model: string) => model },
    send: () => Promise.reject(new Error("nothing is sent")),
  };
  return { ok: true, status: 200, headers: [], flow, target, rewritten: false };
}
