// The proving ground itself: worlds repeat exactly, platforms do what they say, peers show their known figures, and each
// invariant turns red for a subject that breaks it.

import type { Exchange, Outcome, Target } from "@fairlead/engine";
import { retryAfterMs } from "@fairlead/protocol";
import { between, forkSeed } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { FAIRLEAD } from "./fairlead.ts";
import { answered, FAULTS, type FaultKind } from "./faults.ts";
import { successShare } from "./figures.ts";
import { Dice } from "./goal.ts";
import { OUTAGE } from "./goals/outage.ts";
import { STATE } from "./history.ts";
import type { NetworkPlan } from "./network.ts";
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

describe("a network and clocks that misbehave", () => {
  const SECONDARY = { ...PLATFORM, name: "secondary" };
  const ROUGH: NetworkPlan = {
    jitterMs: 40,
    stallShare: 0.02,
    stallMs: 1_000,
    resetShare: 0.02,
    skewMs: 3_600_000,
    jumpEveryMs: 5_000,
  };
  const TIMED = { headMs: 2_000, firstTokenMs: 3_000 };

  test("jitter, stalls, resets and jumping clocks on every way: nobody sees them, and no invariant is broken", async () => {
    const plan = { ...PLAN, subject: FAIRLEAD, platforms: [PLATFORM, SECONDARY], network: ROUGH, patienceMs: 20_000 };
    const world = new World(plan);
    world.arrivals(0, 60_000, 40, 40, () => ({}));
    await world.run(60_000);
    expect(world.invariants.found).toEqual([]);
    expect(world.network.resets).toBeGreaterThan(20);
    expect(world.network.stalls).toBeGreaterThan(20);
    expect(successShare(world.history, 0, 60_000)).toBe(1);
    expect(world.circuits.size).toBe(0);
  });

  test("an instance that is parted from one platform uses the other, alone, and comes back", async () => {
    const sent = [0, 0, 0, 0];
    const world: World = new World({
      ...PLAN,
      subject: FAIRLEAD,
      platforms: [PLATFORM, SECONDARY],
      patienceMs: 20_000,
      setting: TIMED,
      hooks: {
        sent(_, target, instance) {
          const now = world.clock.now();
          if (now < 30_000 || (now >= 60_000 && now < 180_000)) return;
          const at = instance * 2 + (now < 60_000 ? 0 : 1);
          if (target.name === "secondary") sent[at] = (sent[at] as number) + 1;
        },
      },
    });
    world.arrivals(0, 240_000, 20, 20, () => ({}));
    world.at(20_000, () => world.network.part(0, "primary"));
    world.at(60_000, () => world.network.join(0, "primary"));
    await world.run(240_000);
    expect(world.invariants.found).toEqual([]);
    expect(successShare(world.history, 0, 240_000)).toBe(1);
    const [parted = 0, back = 0, other = 0, still = 0] = sent;
    // Ten a second, for 30 s: all but what finds out; the other instance never moves, and both are home at the end.
    expect(parted).toBeGreaterThan(250);
    expect([back, other, still]).toEqual([0, 0, 0]);
    expect(world.network.lost).toBeLessThan(60);
  });

  test.each([0, -3_600_000, 3_600_000])(
    "a Retry-After as a date is kept by a clock that is %i ms wrong",
    async (skewMs) => {
      // Whole seconds only, as the date has them.
      const until = 20_000;
      const early: number[] = [];
      const world: World = new World({
        ...PLAN,
        subject: FAIRLEAD,
        instances: 1,
        patienceMs: 30_000,
        hooks: {
          refuse(_, target) {
            const now = world.clock.now();
            if (now < 15_000 || now >= until) return undefined;
            early.push(now);
            const headers = { date: world.clock.wall(), "retry-after": world.clock.wall() - now + until };
            const get = (name: string) => {
              const ms = headers[name as keyof typeof headers];
              return ms === undefined ? undefined : new Date(Math.floor(ms / 1_000) * 1_000).toUTCString();
            };
            const retry = retryAfterMs(get, world.clock.wall() + skewMs);
            return { ...answered(429, "rate-limited", "rate_limit_error", [], retry), target };
          },
        },
      });
      world.arrivals(0, 40_000, 10, 10, () => ({}));
      await world.run(40_000);
      expect(world.invariants.found).toEqual([]);
      // Those under way together when the first refusal came, and nobody after them.
      expect(early.length).toBeGreaterThan(0);
      expect(Math.max(...early) - Math.min(...early)).toBeLessThan(100);
      expect(world.history.count).toBeGreaterThan(300);
    },
  );

  test.each(Array.from({ length: 6 }, (_, i) => `storm-${i + 1}`))(
    "a storm by seed breaks no invariant and starves no tenant: %s",
    async (seed) => {
      const chance = forkSeed(seed, "storm");
      const world: World = new World({
        ...PLAN,
        seed,
        subject: FAIRLEAD,
        instances: 3,
        platforms: [
          { ...PLATFORM, slots: 30, mode: chance.next() < 0.5 ? "queue" : "reject" },
          { ...SECONDARY, slots: 20 },
        ],
        patienceMs: 8_000,
        setting: TIMED,
        network: {
          jitterMs: between(chance, 0, 100),
          stallShare: between(chance, 0, 0.1),
          stallMs: 1_000,
          resetShare: between(chance, 0, 0.1),
          skewMs: 3_600_000,
          jumpEveryMs: 1_000,
        },
      });
      const tenants = ["a", "b", "c"];
      world.arrivals(0, 120_000, 45, 45, () => {
        const tag = Math.floor(chance.next() * tenants.length);
        return { tag, project: tenants[tag] as string };
      });
      const kinds = Object.values(FAULTS);
      for (let at = 0; at < 110_000; at += 2_000) {
        world.at(at, () => {
          for (const platform of world.platforms) {
            platform.fault = chance.next() < 0.3 ? kinds[Math.floor(chance.next() * kinds.length)] : undefined;
            platform.faultShare = chance.next();
            for (let instance = 0; instance < 3; instance++) {
              if (chance.next() < 0.1) world.network.part(instance, platform.plan.name);
              else world.network.join(instance, platform.plan.name);
            }
          }
        });
      }
      world.at(110_000, () => {
        for (const { plan } of world.platforms) for (let i = 0; i < 3; i++) world.network.join(i, plan.name);
      });
      await world.run(120_000);
      expect(world.invariants.found).toEqual([]);
      expect(world.network.lost).toBeGreaterThan(0);
      const shares = tenants.map((_, tag) => {
        let all = 0;
        let good = 0;
        for (let row = 0; row < world.history.count; row++) {
          if (world.history.tag[row] !== tag) continue;
          all += 1;
          if (world.history.state[row] === STATE.good) good += 1;
        }
        return good / all;
      });
      // The same demand each: chance alone makes them differ by a few hundredths.
      expect(Math.min(...shares)).toBeGreaterThan(Math.max(...shares) - 0.08);
    },
    30_000,
  );
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
