// The proving ground itself: worlds repeat exactly, platforms do what they say, peers show their known figures, and each
// invariant turns red for a subject that breaks it.

import type { Exchange, Outcome, Target } from "@fairlead/engine";
import { describe, expect, test } from "vitest";
import { FAIRLEAD } from "./fairlead.ts";
import { FAULTS, type FaultKind } from "./faults.ts";
import { Dice } from "./goal.ts";
import { OUTAGE } from "./goals/outage.ts";
import { STATE } from "./history.ts";
import { ANTHROPIC_SDK } from "./peers/anthropic-sdk.ts";
import { GRPC_A6 } from "./peers/grpc-a6.ts";
import { NO_RETRY } from "./peers/no-retry.ts";
import { OVERLOAD, PLATFORM, type PlatformPlan } from "./platform.ts";
import type { Place, Subject } from "./subject.ts";
import { World, type WorldPlan } from "./world.ts";

const PLAN = { seed: "fixed-1", instances: 2, platforms: [PLATFORM], patienceMs: 5_000 };

async function traced(plan: WorldPlan, ms = 20_000, rate = 60) {
  const world = new World(plan);
  world.arrivals(0, ms, rate, rate, () => ({}));
  world.at(ms / 2, () => {
    world.primary.fault = OVERLOAD;
    world.primary.faultShare = 0.5;
  });
  await world.run(ms);
  const { history } = world;
  const rows = Array.from({ length: history.count }, (_, row) =>
    [history.arrived[row], history.settled[row], history.ended[row], history.state[row], history.attempts[row]].join(),
  );
  return { rows, broken: world.invariants.found };
}

describe.each([FAIRLEAD, ANTHROPIC_SDK, GRPC_A6])("a world of $name", (subject) => {
  test("is the same for the same seed, event for event, and another for another", async () => {
    const one = await traced({ ...PLAN, subject });
    const two = await traced({ ...PLAN, subject });
    const other = await traced({ ...PLAN, subject, seed: "fixed-2" });
    expect(one.rows.length).toBeGreaterThan(1_000);
    expect(two.rows).toEqual(one.rows);
    expect(other.rows).not.toEqual(one.rows);
    expect(one.broken).toEqual([]);
  });
});

describe("a platform", () => {
  async function full(mode: PlatformPlan["mode"]) {
    const work = () => ({ firstMs: 100, totalMs: 1_000 });
    const world = new World({
      ...PLAN,
      subject: NO_RETRY,
      platforms: [{ ...PLATFORM, mode, slots: 1 }],
      patienceMs: 1_500,
      hooks: { work },
    });
    for (let i = 0; i < 4; i++) world.at(i * 10, () => world.ask({}));
    await world.run(20_000);
    const { state, settled } = world.history;
    return { states: [...state.slice(0, 4)], settled: [...settled.slice(0, 4)], useful: world.primary.useful };
  }

  test("that rejects says 529 at once when its slots are busy", async () => {
    const { states, settled } = await full("reject");
    expect(states).toEqual([STATE.good, STATE.failed, STATE.failed, STATE.failed]);
    expect(settled).toEqual([100, 25, 35, 45]);
  });

  test("that queues serves in order, and those who left as well, which helps nobody", async () => {
    const { states, settled, useful } = await full("queue");
    expect(states).toEqual([STATE.good, STATE.good, STATE.failed, STATE.failed]);
    expect(settled.slice(0, 2)).toEqual([100, 1_100]);
    expect(useful).toBe(2_000);
  });
});

describe("a call that is given up before its content", () => {
  /** The first call takes 3 s, its client waits 1.5 s; the second comes at 2 s. */
  async function second(mode: PlatformPlan["mode"]) {
    const work = (x: Exchange) => (x.id === "r0" ? { firstMs: 2_500, totalMs: 3_000 } : { firstMs: 100, totalMs: 200 });
    const platforms = [{ ...PLATFORM, mode, slots: 1 }];
    const world = new World({ ...PLAN, subject: NO_RETRY, platforms, patienceMs: 1_500, hooks: { work } });
    world.ask({});
    world.at(2_000, () => world.ask({}));
    await world.run(10_000);
    expect(world.history.state[1]).toBe(STATE.good);
    return world.history.settled[1];
  }

  test("frees its slot where the platform notices", async () => expect(await second("reject")).toBe(2_100));

  test("holds its slot to the end where nobody notices", async () => expect(await second("queue")).toBe(3_100));
});

test("an answer that comes later than is useful has failed, and its slot time was wasted", async () => {
  const subject = { ...NO_RETRY, timesAttempts: true };
  const work = () => ({ firstMs: 1_000, totalMs: 1_500 });
  const world = new World({ ...PLAN, subject, patienceMs: 600, hooks: { work } });
  world.ask({});
  await world.run(5_000);
  expect(world.history.state[0]).toBe(STATE.late);
  expect(world.primary.useful).toBe(0);
});

describe("peers have the figures that are known of them", () => {
  test.each([
    { subject: NO_RETRY, low: 1, high: 1 },
    { subject: GRPC_A6, low: 1, high: 1.02 },
    { subject: ANTHROPIC_SDK, low: 2.9, high: 3 },
  ] as const)("$subject.name in an outage", async ({ subject, low, high }) => {
    const { figures, broken } = await OUTAGE.run(subject, new Dice("fixed-1"));
    expect(broken).toEqual([]);
    expect(figures[0]).toBeGreaterThanOrEqual(low);
    expect(figures[0]).toBeLessThanOrEqual(high);
  });
});

describe("an invariant is broken by", () => {
  async function found(run: (place: Place, target: Target) => (x: Exchange) => Promise<Outcome>, fault?: FaultKind) {
    const subject: Subject = {
      ...FAIRLEAD,
      settle: () => (place) => {
        const policy = run(place, place.targets[0] as Target);
        return {
          run: async (x) => {
            const outcome = await policy(x);
            place.rt.emit({ kind: "request", at: place.rt.clock.now(), x } as never);
            return outcome;
          },
        };
      },
    };
    const world = new World({ ...PLAN, subject });
    world.arrivals(0, 3_000, 30, 30, () => ({}));
    world.primary.fault = fault;
    await world.run(3_000);
    return world.invariants.found.join("\n");
  }

  test("nothing, when all is well", async () => {
    expect(await found((_, target) => (x) => target.send({ ...x, target }))).toBe("");
  });

  test("a request that never ends", async () => {
    expect(await found(() => () => new Promise(() => {}))).toMatch(/requests never ended/);
  });

  test("a fourth attempt", async () => {
    const run = (_: Place, target: Target) => async (x: Exchange) => {
      for (let n = 0; n < 3; n++) await target.send({ ...x, target });
      return target.send({ ...x, target });
    };
    expect(await found(run, FAULTS["500"])).toMatch(/had 4 attempts/);
  });

  test("repeats without a budget", async () => {
    const run = (_: Place, target: Target) => async (x: Exchange) => {
      const first = await target.send({ ...x, target });
      if (first.ok) return first;
      const tried = [{ target, failure: first, at: 0, tookMs: 0 }];
      return target.send({ ...x, target, tried, attempt: 1 });
    };
    expect(await found(run, FAULTS["500"])).toMatch(/sent 9 repeats to primary for 0 successes/);
  });

  test("a repeat before the upstream permits it", async () => {
    const hasty =
      ({ rt }: Place, target: Target) =>
      async (x: Exchange) => {
        const first = await target.send({ ...x, target });
        if (first.ok) return first;
        const at = rt.clock.now();
        await new Promise<void>((resolve) => rt.clock.timer(4_900, resolve));
        return target.send({ ...x, target, tried: [{ target, failure: first, at, tookMs: 0 }], attempt: 1 });
      };
    expect(await found(hasty, FAULTS["429"])).toMatch(/sent 100 ms before it was permitted/);
  });

  test("an outcome after the deadline, and an attempt after it", async () => {
    const late =
      ({ rt }: Place, target: Target) =>
      async (x: Exchange) => {
        await new Promise<void>((resolve) => rt.clock.timer(6_000, resolve));
        return target.send({ ...x, target });
      };
    const words = await found(late);
    expect(words).toMatch(/sent after its deadline/);
    expect(words).toMatch(/ms late/);
  });

  test("an answer that ends as if whole", async () => {
    const cut = (_: Place, target: Target) => async (x: Exchange) => {
      const outcome = await target.send({ ...x, target });
      if (outcome.ok) outcome.flow.complete();
      return outcome;
    };
    expect(await found(cut)).toMatch(/ended as if whole without its end/);
  });

  test("a request that is told twice", async () => {
    const twice =
      ({ rt }: Place, target: Target) =>
      (x: Exchange) => {
        rt.emit({ kind: "request", at: rt.clock.now(), x } as never);
        return target.send({ ...x, target });
      };
    expect(await found(twice)).toMatch(/told 2 times/);
  });

  test("a timer that is left", async () => {
    const left = ({ rt }: Place, target: Target) => {
      const again = () => rt.clock.timer(60_000, again);
      again();
      return (x: Exchange) => target.send({ ...x, target });
    };
    expect(await found(left)).toMatch(/timers are left/);
  });
});
