// Tests of the order without memory: configured, spread with bounded load, two by chance, nearest, and ramps.

import { seededRandom } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { target } from "../../testing/exchange.ts";
import { hashText } from "../mechanics/rendezvous.ts";
import type { Target } from "./target.ts";
import { first, TargetOrder, type View } from "./target-order.ts";

const [a, b, c] = ["a", "b", "c"].map((name) => target(name)) as [Target, Target, Target];
const all = [a, b, c];

interface State {
  fit?: boolean;
  inFlight?: number;
  share?: number;
  weight?: number;
  headroom?: number;
  latency?: number;
}

/** What each target is like; all is well with those not named. */
function view(states: { [name: string]: State } = {}): View {
  const of = (one: Target) => states[one.name] ?? {};
  return {
    fit: (one) => of(one).fit ?? true,
    inFlight: (one) => of(one).inFlight ?? 0,
    share: (one) => of(one).share ?? 1,
    weight: (one) => of(one).weight ?? 1,
    headroom: (one) => of(one).headroom ?? 1,
    latency: (one) => of(one).latency ?? 1,
  };
}

const make = (mode: "order" | "spread" | "nearest") =>
  new TargetOrder(seededRandom("order"), { mode, load: 1.25 }, (one) => one.name);
const names = (list: readonly Target[]) => list.map(({ name }) => name).join("");
const keys = Array.from({ length: 3_000 }, (_, i) => hashText(`session ${i}`));
const near = (count: number, share: number, of = keys.length) =>
  expect(Math.abs(count - of * share)).toBeLessThan(4.5 * Math.sqrt(of * share * (1 - share)));

describe("order", () => {
  test("is the configured one, whatever load, latency or health", () => {
    const busy = view({ a: { inFlight: 99, latency: 50, fit: false } });
    expect(make("order").list(undefined, all, busy)).toBe(all);
    expect(make("order").list(keys[0], all, busy)).toBe(all);
  });

  test("who comes back takes its share, always of the same conversations", () => {
    const order = make("order");
    const some = keys.filter((key) => names(order.list(key, all, view({ a: { share: 0.3 } }))) === "abc");
    near(some.length, 0.3);
    for (const key of keys) {
      const list = names(order.list(key, all, view({ a: { share: 0.6 } })));
      if (some.includes(key)) expect(list).toBe("abc");
      else expect(["abc", "bca"]).toContain(list);
    }
    let without = 0;
    for (let i = 0; i < 3_000; i++)
      if (names(order.list(undefined, all, view({ a: { share: 0.3 } }))) === "abc") without += 1;
    near(without, 0.3);
    expect(names(order.list(keys[0], all, view({ a: { share: 0 }, b: { share: 0 }, c: { share: 0 } })))).toBe("abc");
  });
});

describe("spread", () => {
  test("gives each conversation the same order every time, and its own place whatever the moment", () => {
    const order = make("spread");
    for (const key of keys.slice(0, 200)) {
      const list = order.list(key, all, view());
      expect(names(order.list(key, [c, a, b], view()))).toBe(names(list));
      expect(order.own(key, all, view())).toBe(list[0]);
      const bad = view({ [(list[0] as Target).name]: { fit: false, inFlight: 99, share: 0.1 } });
      expect(order.own(key, all, bad)).toBe(list[0]);
      const weights = view({ a: { weight: 0.1 }, b: { weight: 10 } });
      expect(order.own(key, all, weights)).toBe(order.list(key, all, weights)[0]);
    }
  });

  test("follows weights, and ramps", () => {
    const order = make("spread");
    const firsts = (of: View) => {
      const counts: { [name: string]: number } = { a: 0, b: 0, c: 0 };
      for (const key of keys) {
        const name = (order.list(key, all, of)[0] as Target).name;
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts as { a: number; b: number; c: number };
    };
    const weighted = firsts(view({ a: { weight: 2 } }));
    near(weighted.a, 0.5);
    near(weighted.b, 0.25);
    near(firsts(view({ a: { share: 0.2 } })).a, 0.2 / 2.2);
    expect(firsts(view({ a: { share: 0 } })).a).toBe(0);
  });

  test("a conversation passes by who carries more than the bound, once there is load worth the name", () => {
    const order = make("spread");
    const key = keys.find((one) => order.own(one, all, view()) === a);
    const list = names(order.list(key, all, view()));
    const loads = (inFlight: number, others: number) =>
      view({ a: { inFlight }, b: { inFlight: others }, c: { inFlight: others } });
    const behind = list.slice(1) + list[0];
    // ⌈1.25 · (a + 1201) / 3⌉ is 858 for 857, which has room for one more, and for 858, which has none.
    expect(names(order.list(key, all, loads(857, 600)))).toBe(list);
    expect(names(order.list(key, all, loads(858, 600)))).toBe(behind);
    // ⌈m + 5√m⌉ with m = (a + 41) / 3 is 66, for 65 as for 66.
    expect(names(order.list(key, all, loads(65, 20)))).toBe(list);
    expect(names(order.list(key, all, loads(66, 20)))).toBe(behind);
    expect(names(order.list(key, all, loads(5, 0)))).toBe(list);
  });

  test("the bound counts those that are fit, by their weight", () => {
    const order = make("spread");
    const key = keys.find((one) => names(order.list(one, all, view({ a: { weight: 2 } }))) === "abc");
    const loads = (inFlight: number) =>
      view({ a: { weight: 2, inFlight }, b: { inFlight: 20 }, c: { fit: false, inFlight: 500 } });
    // m = (a + 21) · 2/3, ⌈m + 5√m⌉.
    expect(names(order.list(key, all, loads(200)))).toBe("abc");
    expect(names(order.list(key, all, loads(250)))).toBe("bca");
  });

  test("without a key takes the cheaper of two, never who is unfit or shut", () => {
    const order = make("spread");
    const counts: { [name: string]: number } = {};
    for (let i = 0; i < 3_000; i++) {
      const name = (order.list(undefined, all, view({ a: { latency: 3 }, b: { headroom: 0.5 } }))[0] as Target).name;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    expect(counts["a"]).toBeUndefined();
    near(counts["c"] ?? 0, 2 / 3, 3_000);
    for (let i = 0; i < 50; i++) {
      const list = order.list(undefined, all, view({ a: { fit: false }, b: { share: 0 }, c: { latency: 9 } }));
      expect(names(list)).toBe("cab");
    }
    expect(order.list(undefined, all, view({ a: { fit: false }, b: { fit: false }, c: { fit: false } }))).toBe(all);
  });
});

describe("nearest", () => {
  test("is the configured order until regions are measured, then that of their latency", () => {
    const order = make("nearest");
    expect(names(order.list(undefined, all, view()))).toBe("abc");
    for (let now = 0; now < 300_000; now += 500) {
      for (const [one, ms] of [
        [a, 300],
        [b, 200],
        [c, 100],
      ] as const)
        order.measured(one, ms, now);
    }
    expect(names(order.list(keys[0], all, view()))).toBe("cba");
    expect(order.own(hashText("x"), all, view())).toBe(c);
    expect(order.regions().map(({ region, ms }) => [region, Math.round(ms ?? 0)])).toEqual([
      ["c", 100],
      ["b", 200],
      ["a", 300],
    ]);
    for (let i = 0; i < 20; i++) expect(names(order.list(undefined, all, view({ c: { share: 0 } })))).toBe("bac");
  });

  test("targets of one region stay in configured order", () => {
    const order = new TargetOrder(seededRandom("r"), { mode: "nearest", load: 1.25 }, (one) =>
      one === b ? "far" : "near",
    );
    for (let now = 0; now < 100_000; now += 500) {
      order.measured(b, 900, now);
      order.measured(c, 100, now);
    }
    expect(names(order.list(undefined, [b, a, c], view()))).toBe("acb");
  });
});

test("first puts one in front and keeps the rest", () => {
  expect(first(a, all)).toBe(all);
  expect(names(first(c, all))).toBe("cab");
  expect(names(first(c, [a, b]))).toBe("cab");
});
