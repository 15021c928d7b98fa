// One instance as a process of its own: a limiter on a real Redis, with a wall clock that is wrong, under its part of the load.

import { Flow, type Outcome, pipeline } from "@fairlead/engine";
import { Tenancy } from "@fairlead/gateway";
import { type Clock, forkSeed, newId, type Runtime, systemRuntime } from "@fairlead/runtime";
import { openRedis, redisLimitStore } from "@fairlead/stores/redis";
import type { Gone } from "./envelope.ts";
import { OFFERED, type Offer, offers, rulesOfKey } from "./offer.ts";
import { requestOf } from "./request.ts";

/** What an instance is told to do. */
export interface Task {
  readonly url: string;
  readonly seed: string;
  readonly index: number;
  readonly instances: number;
  readonly skewMs: number;
  readonly forMs: number;
}

/** What it tells at the end. Times are milliseconds of a clock that all processes share. */
export interface Told {
  readonly offered: readonly Offer[];
  readonly gone: readonly Gone[];
  /** Microseconds of each decision that needed no answer of the store. */
  readonly decisions: readonly number[];
  /** Milliseconds of each that did. */
  readonly waits: readonly number[];
  readonly trades: number;
  readonly lost: number;
  /** When the store was away and back. */
  readonly away: ReadonlyArray<{ readonly event: string; readonly at: number }>;
}

async function run(task: Task): Promise<Told> {
  const base = systemRuntime();
  const clock: Clock = { now: base.clock.now, wall: () => base.clock.wall() + task.skewMs, timer: base.clock.timer };
  const rt: Runtime = { ...base, clock };
  const shared = () => performance.timeOrigin + performance.now();
  const away: Array<{ event: string; at: number }> = [];
  base.bus.listen((fact) => {
    if (fact.kind === "limit-store") away.push({ event: (fact as unknown as { event: string }).event, at: shared() });
  });
  const line = openRedis(task.url, clock, { timeoutMs: 500 });
  await line.ready().catch(() => {});
  const store = redisLimitStore(line, () => newId(rt.random, "e_", 12));
  const options = {
    store,
    instance: `i${task.index}`,
    instances: task.instances,
    moneyGraceMs: 60_000,
    moneyShare: 0.01,
  };
  const tenancy = new Tenancy(rt, options);
  const rules = Array.from({ length: 100 }, (_, key) => rulesOfKey(key));
  const layer = tenancy.layer((who) => rules[Number(who?.keyId.slice(1))] ?? []);
  const { run: send } = pipeline(rt, [{ layer, why: "" }], async () => answered());
  const all = offers(forkSeed(task.seed, `offers ${task.index}`), task.forMs, 1, OFFERED / task.instances);
  const offered: Offer[] = [];
  const gone: Gone[] = [];
  const decisions: number[] = [];
  const waits: number[] = [];
  const started = performance.now();
  await Promise.all(
    all.map(
      ({ at, key }) =>
        new Promise<void>((resolve) => {
          setTimeout(
            () => {
              offered.push({ at: shared(), key, instance: task.index });
              const before = performance.now();
              let turn = true;
              setImmediate(() => {
                turn = false;
              });
              const answer = send(requestOf(key));
              // All that is done before the store would have to be asked is done by now.
              const decided = (performance.now() - before) * 1_000;
              void answer.then((outcome) => {
                if (turn) decisions.push(decided);
                else waits.push(performance.now() - before);
                if (outcome.ok) gone.push({ at: shared(), key });
                resolve();
              });
            },
            Math.max(0, started + at - performance.now()),
          );
        }),
    ),
  );
  const { trades, lost } = tenancy.figures(0);
  await tenancy.close();
  await line.close();
  return { offered, gone, decisions, waits, trades, lost, away };
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

process.on("message", (task: Task) => {
  void run(task).then((told) => process.send?.(told, undefined, undefined, () => process.exit(0)));
});
