// Tests of the concurrency limit against small upstreams in virtual time: no limit in health, the upstream's own level under
// overload, quick to come back, never below one.

import { exponential, normal, type Random, seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { Concurrency } from "./concurrency.ts";

const NUMBERS = { ceiling: 100_000, slow: 2.2, overload: 0.1 };

interface Job {
  readonly at: number;
  readonly kind: "first" | "end" | "reject";
  readonly startedAt: number;
}

/** One upstream with so many servers, a FIFO queue or refusals, and one caller that obeys the limit; no queue at the caller. */
class Upstream {
  readonly limit = new Concurrency(NUMBERS);
  readonly #random: Random;
  readonly #jobs: Job[] = [];
  #free: number[] = [];
  now = 0;
  shed = 0;
  offered = 0;
  rejected = 0;
  done: number[] = [];
  readonly mode: "queue" | "reject";

  constructor(seed: string, servers: number, mode: "queue" | "reject") {
    this.#random = seededRandom(seed);
    this.#free = new Array(servers).fill(0);
    this.mode = mode;
  }

  servers(count: number): void {
    this.#free.sort((a, b) => b - a);
    while (this.#free.length < count) this.#free.push(this.now);
    this.#free.length = count;
  }

  run(seconds: number, rate: number): void {
    const end = this.now + seconds * 1_000;
    let next = this.now + exponential(this.#random, 1_000 / rate);
    for (;;) {
      const job = this.#jobs[0];
      const at = Math.min(next, job?.at ?? Number.POSITIVE_INFINITY);
      if (at > end) break;
      this.now = at;
      if (job !== undefined && job.at <= next) {
        this.#jobs.shift();
        this.#take(job);
      } else {
        next = at + exponential(this.#random, 1_000 / rate);
        this.#arrive();
      }
    }
    this.now = end;
  }

  #arrive(): void {
    this.offered += 1;
    if (!this.limit.admits(this.now)) {
      this.shed += 1;
      return;
    }
    this.limit.enter(this.now);
    this.#free.sort((a, b) => a - b);
    const free = this.#free[0] ?? this.now;
    if (this.mode === "reject" && free > this.now) {
      this.#put({ at: this.now + 30, kind: "reject", startedAt: this.now });
      return;
    }
    const begin = Math.max(free, this.now);
    const first = begin + 250 * Math.exp(0.4 * normal(this.#random));
    const last = first + exponential(this.#random, 730);
    this.#free[0] = last;
    this.#put({ at: first, kind: "first", startedAt: this.now });
    this.#put({ at: last, kind: "end", startedAt: this.now });
  }

  #take(job: Job): void {
    if (job.kind === "first") this.limit.begun(this.now, job.startedAt, this.now - job.startedAt);
    else if (job.kind === "end") {
      this.limit.ended(this.now, this.now - job.startedAt);
      this.done.push(this.now);
    } else {
      this.rejected += 1;
      this.limit.failed(this.now, job.startedAt, "overload", 0.5 + this.#random.next());
    }
  }

  #put(job: Job): void {
    let i = this.#jobs.length;
    while (i > 0 && (this.#jobs[i - 1] as Job).at > job.at) i -= 1;
    this.#jobs.splice(i, 0, job);
  }

  /** Answers per second since `from`, milliseconds. */
  perSecond(from: number): number {
    return this.done.filter((at) => at >= from).length / ((this.now - from) / 1_000);
  }
}

describe("in health", () => {
  test.each(["queue", "reject"] as const)("nothing is shed at 80 %% of what the upstream can take (%s)", (mode) => {
    for (const seed of ["a", "b", "c"]) {
      const one = new Upstream(seed, 100, mode);
      one.run(300, 80);
      expect(one.shed).toBe(0);
      expect(one.limit.limit).toBe(NUMBERS.ceiling);
    }
  });

  test("a long tail of slow answers and a few overload answers cut nothing", () => {
    const random = seededRandom("tail");
    const limit = new Concurrency(NUMBERS);
    for (let now = 0, i = 0; i < 200_000; i++) {
      now += 20;
      limit.enter(now);
      const overloaded = random.next() < 0.01;
      if (overloaded) limit.failed(now, now, "overload", 1);
      else {
        limit.begun(now, now, 300 * Math.exp(1.2 * normal(random)));
        limit.ended(now, 1_000);
      }
      expect(limit.limit).toBe(NUMBERS.ceiling);
    }
  });

  test("the ceiling holds whatever is learned", () => {
    const limit = new Concurrency({ ...NUMBERS, ceiling: 3 });
    for (let i = 0; i < 3; i++) {
      expect(limit.admits(i)).toBe(true);
      limit.enter(i);
    }
    expect(limit.admits(3)).toBe(false);
    limit.begun(4, 0, 4);
    limit.ended(4, 4);
    expect(limit.admits(4)).toBe(true);
  });
});

describe("under twice the load", () => {
  test.each([
    ["queue", 0.9],
    ["reject", 0.9],
  ] as const)("an upstream that answers with %s stays busy and is not drowned", (mode, share) => {
    for (const seed of ["a", "b", "c", "d"]) {
      const one = new Upstream(seed, 25, mode);
      one.run(60, 12);
      const from = one.now + 15_000;
      one.run(120, 50);
      expect(one.perSecond(from)).toBeGreaterThan(25 * share);
      expect(one.limit.limit).toBeLessThan(25 * 2.5);
      if (mode === "reject") expect(one.rejected / one.done.length).toBeLessThan(0.2);
    }
  });
});

describe("straight into overload", () => {
  test.each([0, 900])("the first cut keeps what the upstream carries, after %d s of nothing", (idle) => {
    for (const seed of ["a", "b", "c", "d"]) {
      const world = new Upstream(`cold-${seed}`, 20, "reject");
      world.now = idle * 1_000;
      while (!world.limit.limited && world.now < idle * 1_000 + 5_000) world.run(0.05, 40);
      expect(world.limit.limited, seed).toBe(true);
      expect(world.limit.limit, seed).toBeGreaterThan(13);
    }
  });
});

describe("a brown-out", () => {
  test("when a fifth is left for 30 s, the limit follows down, and within 10 s up again", () => {
    for (const seed of ["a", "b", "c", "d"]) {
      const one = new Upstream(seed, 25, "queue");
      one.run(60, 20);
      one.servers(5);
      one.run(30, 20);
      expect(one.limit.limit).toBeLessThan(14);
      one.servers(25);
      one.run(10, 20);
      const shed = one.shed;
      const offered = one.offered;
      one.run(20, 20);
      expect((one.shed - shed) / (one.offered - offered)).toBeLessThan(0.05);
    }
  });
});

describe("what is evidence", () => {
  /** Twenty under way for a minute in health, then forty more: a crowd. First tokens take `baseMs`, answers a second. */
  function crowd(baseMs: number) {
    const limit = new Concurrency(NUMBERS);
    let now = 0;
    const fill = (count: number) => {
      for (let i = 0; i < count; i++) {
        limit.enter(now);
        limit.begun(now, now, baseMs);
      }
    };
    const turns = (count: number, ms: number, firstMs: number) => {
      for (let i = 0; i < count; i++) {
        now += ms;
        limit.ended(now, 1_000);
        limit.enter(now);
        limit.begun(now, now, firstMs);
      }
    };
    fill(20);
    turns(600, 100, baseMs);
    fill(40);
    turns(60, 100, baseMs);
    expect(limit.limited).toBe(false);
    const empty = () => {
      while (limit.inFlight > 0) limit.ended(now, 1_000);
    };
    const refused = (count: number, ms: number) => {
      for (let i = 0; i < count; i++) {
        now += ms;
        limit.enter(now);
        limit.failed(now, now, "overload", 1);
      }
    };
    return { limit, turns, empty, refused };
  }

  test("slowness in a crowd cuts, once until what is in the queue there has drained", () => {
    const { limit, turns, refused } = crowd(250);
    turns(60, 20, 5_000);
    expect([limit.limited, limit.why]).toEqual([true, "slow to begin"]);
    const cut = limit.limit;
    turns(20, 20, 5_000);
    expect(limit.limit).toBe(cut);
    refused(20, 10);
    expect(limit.why).toBe("slow to begin");
    refused(20, 100);
    expect(limit.why).toBe("overloaded");
  });

  test("a few hundred milliseconds more are noise, whatever their ratio", () => {
    const { limit, turns } = crowd(50);
    turns(200, 20, 400);
    expect(limit.limited).toBe(false);
  });

  test("a limit grows only where it is used, and where the upstream is not still slow", () => {
    const unused = crowd(250);
    unused.turns(60, 20, 5_000);
    const cut = unused.limit.limit;
    unused.empty();
    unused.turns(80, 100, 250);
    expect(unused.limit.limit).toBe(cut);

    for (const [firstMs, grows] of [
      [1_000, true],
      [2_000, false],
    ] as const) {
      const used = crowd(1_000);
      used.turns(60, 20, 5_000);
      // Enough to know how slow it is now.
      used.turns(40, 50, firstMs);
      const before = used.limit.limit;
      used.turns(100, 100, firstMs);
      expect(used.limit.limit > before).toBe(grows);
    }
  });

  test("a few refusals are none, nor are many of one moment; many over a second are", () => {
    const after = (refusals: number, ms: number) => {
      const limit = new Concurrency(NUMBERS);
      for (let i = 0; i < refusals; i++) {
        limit.enter(i * ms);
        limit.failed(i * ms, i * ms, "overload", 1);
      }
      return limit.limited;
    };
    expect([after(7, 1_000), after(30, 10), after(30, 100)]).toEqual([false, false, true]);
  });
});
describe("coming back", () => {
  test("begins with a tenth and grows by a quarter of the healthy level per second", () => {
    const limit = new Concurrency(NUMBERS);
    let now = 0;
    for (let i = 0; i < 100; i++) {
      limit.enter(now);
      limit.begun(now, now, 250);
    }
    for (; now < 300_000; now += 100) {
      limit.ended(now, 1_000);
      limit.enter(now);
      limit.begun(now, now, 250);
    }
    limit.restart(now);
    expect(limit.limit).toBeGreaterThan(8);
    expect(limit.limit).toBeLessThan(11);
    let before = limit.limit;
    for (let second = 0; second < 3; second++) {
      for (let i = 0; i < 50; i++) {
        now += 20;
        once(limit, now);
      }
      expect(limit.limit - before).toBeLessThanOrEqual(25.5);
      expect(limit.limit - before).toBeGreaterThan(15);
      before = limit.limit;
    }
  });

  test("a caller that carries little comes back by two attempts a second", () => {
    const limit = new Concurrency(NUMBERS);
    let now = 0;
    // Four at once: one every 125 ms, each for 500 ms.
    for (let i = 0; i < 1_000; i++, now += 125) {
      if (i >= 4) limit.ended(now, 500);
      limit.enter(now);
      limit.begun(now, now, 250);
    }
    for (let i = 0; i < 4; i++) limit.ended(now, 500);
    limit.restart(now);
    expect(limit.limit).toBe(1);
    for (let i = 0; i < 10; i++) {
      now += 100;
      once(limit, now);
    }
    expect(limit.limit).toBeGreaterThan(2.8);
    expect(limit.limit).toBeLessThan(3.6);
  });

  test("grows as well where too little was seen to know how long a first token takes", () => {
    const limit = new Concurrency(NUMBERS);
    limit.restart(0);
    limit.enter(0);
    for (let now = 500; now < 2_500; now += 500) limit.admits(now);
    expect(limit.limit).toBeGreaterThan(2);
  });

  test("a limit that nobody needs for half a minute is forgotten", () => {
    const limit = new Concurrency(NUMBERS);
    limit.restart(0);
    for (let now = 0; now < 29_000; now += 1_000) once(limit, now);
    expect(limit.limit).toBeLessThan(NUMBERS.ceiling);
    for (let now = 29_000; now < 32_000; now += 200) once(limit, now);
    expect(limit.limit).toBe(NUMBERS.ceiling);
  });
});

function once(limit: Concurrency, now: number): void {
  limit.enter(now);
  limit.begun(now, now, 250);
  limit.ended(now, undefined);
}

test("a slot that met overload rests, and the first attempt may always go", () => {
  const limit = new Concurrency(NUMBERS);
  limit.restart(0);
  expect(limit.limit).toBe(1);
  limit.enter(0);
  expect(limit.admits(1)).toBe(false);
  limit.failed(10, 0, "overload", 1);
  expect(limit.admits(10)).toBe(false);
  expect(limit.restMs(10)).toBe(1_000);
  expect(limit.admits(1_010)).toBe(true);
  expect(limit.restMs(1_010)).toBe(Number.POSITIVE_INFINITY);
});
