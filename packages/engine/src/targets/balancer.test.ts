// Tests of the balancer: where conversations stay, when they leave, what cannot move, and what is counted.

import { utcMs } from "@fairlead/protocol";
import { virtualRuntime } from "@fairlead/runtime";
import { describe, expect, test } from "vitest";
import { exchange, failed, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { type Input, readOptions } from "../options.ts";
import { BALANCE_OPTIONS, Balancer, type View } from "./balancer.ts";
import type { Target } from "./target.ts";

const MODEL = "claude-opus-5-5";
const [a, b, c] = ["a", "b", "c"].map((name) => target(name)) as [Target, Target, Target];
const all = [a, b, c];
const EPOCH = utcMs(2026, 11, 21);
const noTimer = () => ({ cancel() {} });
const names = (list: readonly Target[]) => list.map(({ name }) => name).join("");

function scene(options: Input<typeof BALANCE_OPTIONS> = {}) {
  let now = 0;
  const rt = { ...virtualRuntime("balancer"), clock: { now: () => now, wall: () => EPOCH + now, timer: noTimer } };
  const pass = (ms: number) => {
    now += ms;
  };
  const unfit = new Set<Target>();
  const loads = new Map<Target, number>();
  const view: View = {
    fit: (one) => !unfit.has(one),
    inFlight: (one) => loads.get(one) ?? 0,
    share: () => 1,
    weight: () => 1,
    headroom: () => 1,
    latency: () => 1,
  };
  const balancer = new Balancer(rt, readOptions("balance", BALANCE_OPTIONS, options));
  /** One request: ranked, and answered by the first fit target. */
  const turn = (x: Exchange, targets: readonly Target[] = all): Target | undefined => {
    const one = balancer.rank(x, targets, view).find(view.fit);
    if (one !== undefined) balancer.served(x, one);
    return one;
  };
  const rank = (x: Exchange, targets: readonly Target[] = all) => names(balancer.rank(x, targets, view));
  return { pass, unfit, loads, view, balancer, turn, rank };
}

const hi = { role: "user", content: "hi" };
const thought = { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "s" }] };
const result = { role: "user", content: [{ type: "tool_result", tool_use_id: "t", content: "x" }] };

/** A request of a session. */
function ask(session: string, messages: readonly unknown[] = [hi], more: Partial<Exchange> = {}): Exchange {
  return exchange({
    headers: ["x-claude-code-session-id", session],
    body: Buffer.from(JSON.stringify({ model: MODEL, messages })),
    look: { ...exchange().look, model: MODEL },
    ...more,
  });
}

const bound = [hi, thought, hi];

describe("without memory", () => {
  test("one target is one target, and no work", () => {
    const { balancer, view, turn } = scene({ mode: "spread" });
    const one = [a];
    expect(balancer.rank(ask("s"), one, view)).toBe(one);
    turn(ask("s"), one);
    expect(balancer.figures().pins).toBe(0);
  });

  test("the default is the configured order, and nothing is kept of what has no conversation", () => {
    const { balancer, view, turn, unfit } = scene();
    const x = exchange({ body: null });
    expect(balancer.rank(x, all, view)).toBe(all);
    unfit.add(a);
    expect(turn(x)).toBe(b);
    expect(balancer.rank(x, all, view)).toBe(all);
    expect(balancer.figures().pins).toBe(0);
  });

  test("affinity off: nothing is remembered, spread hashes all the same", () => {
    const { turn, unfit, balancer, rank } = scene({ affinity: false });
    unfit.add(a);
    expect(turn(ask("s"))).toBe(b);
    unfit.clear();
    expect(turn(ask("s"))).toBe(a);
    expect(balancer.figures()).toMatchObject({ pins: 0, moves: 0 });
    const spread = scene({ affinity: false, mode: "spread" });
    const lists = new Set(Array.from({ length: 50 }, (_, i) => spread.rank(ask(`s${i}`)).charAt(0)));
    expect([...lists].sort()).toEqual(["a", "b", "c"]);
    expect(spread.rank(ask("s1"))).toBe(spread.rank(ask("s1")));
    expect(rank(ask("s"))).toBe("abc");
  });
});

describe("a conversation", () => {
  test("stays where it was answered while its cache is warm, each answer warming it anew", () => {
    const { pass, turn, unfit, balancer } = scene();
    unfit.add(a);
    expect(turn(ask("s"))).toBe(b);
    unfit.clear();
    for (let i = 0; i < 5; i++) {
      pass(299_000);
      expect(turn(ask("s"))).toBe(b);
    }
    expect(turn(ask("other"))).toBe(a);
    pass(300_000);
    expect(turn(ask("s"))).toBe(a);
    expect(balancer.figures()).toMatchObject({ moves: 1, mostMoves: 1, held: 0, boundMoves: 0, pins: 2 });
  });

  test("is looked at anew each time: an unfit place is left, and not gone back to while the new one is warm", () => {
    const { turn, unfit, rank } = scene();
    expect(turn(ask("s"))).toBe(a);
    unfit.add(a);
    expect(rank(ask("s"))).toBe("abc");
    expect(turn(ask("s"))).toBe(b);
    unfit.clear();
    expect(turn(ask("s"))).toBe(b);
    unfit.add(b);
    expect(turn(ask("s"))).toBe(a);
  });

  test("leaves a warm place for its own at the opening of a turn when nothing was cached", () => {
    const { turn, unfit, balancer, rank } = scene();
    unfit.add(a);
    const x = ask("s");
    turn(x);
    unfit.clear();
    expect(rank(ask("s"))).toBe("bac");
    balancer.cached(x, b, 0);
    expect(rank(ask("s", [hi, thought, result]))).toBe("bac");
    expect(rank(ask("s"))).toBe("abc");
    balancer.cached(x, b, 5_000);
    expect(rank(ask("s"))).toBe("bac");
    balancer.cached(x, a, 0);
    expect(rank(ask("s"))).toBe("bac");
    // A bound history does not leave for that.
    balancer.cached(x, b, 0);
    expect(rank(ask("s", bound))).toBe("b");
  });

  test("is of one tenant, and one pin for each model", () => {
    const { turn, unfit, rank } = scene();
    unfit.add(a);
    turn(ask("s"));
    unfit.clear();
    expect(rank(ask("s"))).toBe("bac");
    expect(rank(ask("s", [hi], { principal: { project: "web", keyId: "k" } }))).toBe("abc");
    expect(rank(ask("s", [hi], { look: { ...exchange().look, model: "claude-haiku-4-5" } }))).toBe("abc");
  });

  test("is not kept warm by counting its tokens", () => {
    const { turn, unfit, rank, balancer } = scene();
    unfit.add(a);
    turn(ask("s", [hi], { path: "/v1/messages/count_tokens?beta=true" }));
    expect(balancer.figures().pins).toBe(0);
    unfit.clear();
    expect(rank(ask("s"))).toBe("abc");
  });

  test("whose place is configured no more starts again", () => {
    const { turn, rank, unfit, balancer } = scene();
    unfit.add(a).add(b);
    expect(turn(ask("s"))).toBe(c);
    expect(rank(ask("s"), [a, b])).toBe("ab");
    expect(rank(ask("s", bound), [a, b])).toBe("ab");
    const x = ask("s", bound);
    rank(x, [a, b]);
    expect(balancer.stayOrMove(x, 60_000)).toBe("move");
  });

  test("in mode nearest stays too, and new ones go to the nearest", () => {
    const { pass, turn, balancer } = scene({ mode: "nearest" });
    expect(turn(ask("s"))).toBe(a);
    for (let i = 0; i < 100; i++) {
      pass(500);
      balancer.measured(a, 300);
      balancer.measured(b, 100);
    }
    expect(turn(ask("s"))).toBe(a);
    expect(turn(ask("new"))).toBe(b);
    expect(balancer.figures().regions.map(({ region }) => region)).toEqual(["b", "a", "c"]);
  });
});

describe("a history that only its account accepts", () => {
  test("waits for its place, with the reason, however long the cache is cold", () => {
    const { pass, turn, unfit, balancer, rank } = scene();
    unfit.add(a);
    turn(ask("s"));
    unfit.clear();
    pass(3_600_000);
    const calm = ask("s", bound);
    expect(turn(calm)).toBe(b);
    unfit.add(b);
    const x = ask("s", bound);
    expect(rank(x)).toBe("b");
    expect(balancer.hold(x)).toEqual({ target: "b", account: "b", why: expect.stringContaining("thinking") });
    expect(rank(x)).toBe("b");
    expect(balancer.figures()).toMatchObject({ held: 2, moves: 0, boundMoves: 0 });
    expect(rank(ask("s"))).toBe("bac");
  });

  test("after a failed attempt gets its account alone, fit or not", () => {
    const { turn, balancer, rank } = scene();
    turn(ask("s"));
    const failure = failed("upstream-fault", { target: a });
    const x = ask("s", bound, { tried: [{ target: a, failure, at: 0, tookMs: 1 }] });
    expect(rank(x)).toBe("a");
    expect(balancer.hold(x)?.target).toBe("a");
    expect(rank({ ...ask("s"), tried: x.tried })).toBe("abc");
  });

  test("may go to another target of the same account that knows the model by the same name", () => {
    const twin = target("twin", { account: "a" });
    const alias = target("alias", { account: "a", modelName: () => "claude-opus-5" });
    const targets = [a, b, twin, alias];
    const { turn, unfit, rank, balancer } = scene();
    turn(ask("s"), targets);
    unfit.add(a);
    const x = ask("s", bound);
    expect(rank(x, targets)).toBe("atwin");
    expect(balancer.hold(x)).toBeDefined();
    // With one account in all, nobody is left out, and the body is not looked at.
    const y = ask("s", bound);
    expect(rank(y, [a, twin])).toBe("atwin");
    expect(balancer.hold(y)).toBeUndefined();
    // Its place is configured no more, but its account is.
    unfit.clear();
    expect(rank(ask("s", bound), [b, twin])).toBe("twin");
  });

  test("that nobody remembers goes to its own place, and elsewhere only when that is unfit", () => {
    const { rank, loads, unfit, turn, balancer, view } = scene({ mode: "spread" });
    const own = balancer.rank(ask("s"), all, view)[0] as Target;
    loads.set(own, 50);
    expect(rank(ask("s")).charAt(0)).not.toBe(own.name);
    const x = ask("s", bound);
    expect(rank(x).charAt(0)).toBe(own.name);
    expect(rank(x)).toHaveLength(3);
    expect(balancer.hold(x)).toBeUndefined();
    unfit.add(own);
    expect(turn(ask("s", bound))).not.toBe(own);
    unfit.clear();
    expect(rank(ask("s", bound)).charAt(0)).not.toBe(own.name);
  });

  test("moves when the operator says so, and that is counted", () => {
    const { turn, unfit, balancer } = scene({ bound: "move" });
    turn(ask("s"));
    unfit.add(a);
    const x = ask("s", bound);
    expect(turn(x)).toBe(b);
    expect(balancer.hold(x)).toBeUndefined();
    expect(balancer.figures()).toMatchObject({ moves: 1, boundMoves: 1, held: 0 });
  });
});

describe("what a move costs", () => {
  test("is reckoned from what is cached there, while it is warm", () => {
    const { pass, turn, balancer, rank } = scene();
    const x = ask("s");
    expect(balancer.priceOfMove(x)).toBeUndefined();
    turn(x);
    const y = ask("s");
    rank(y);
    expect(balancer.priceOfMove(y)).toMatchObject({ tokens: 0, usd: 0 });
    balancer.cached(x, a, 100_000);
    expect(balancer.priceOfMove(y)?.usd).toBeCloseTo(0.48, 9);
    // 60 dollars an hour: 0.48 dollars are 28.8 s.
    expect([balancer.stayOrMove(y, 28_000), balancer.stayOrMove(y, 29_500)]).toEqual(["stay", "move"]);
    turn(y);
    expect(balancer.priceOfMove(y)?.tokens).toBe(100_000);
    pass(300_000);
    expect(balancer.priceOfMove(y)).toBeUndefined();
    expect(balancer.stayOrMove(y, 1)).toBe("move");
  });

  test("a held history stays at any price", () => {
    const { turn, unfit, balancer, rank, pass } = scene();
    turn(ask("s"));
    pass(400_000);
    unfit.add(a);
    const x = ask("s", bound);
    rank(x);
    expect(balancer.priceOfMove(x)).toMatchObject({ tokens: 0, bound: expect.stringContaining("thinking") });
    expect(balancer.stayOrMove(x, 3_600_000)).toBe("stay");
  });

  test("a bound history whose place is fit but full waits for it, whatever the wait and however cold its cache", () => {
    const { pass, turn, balancer, rank } = scene();
    turn(ask("s"));
    for (const wait of [400_000, 0]) {
      pass(wait);
      const x = ask("s", bound);
      expect(rank(x).charAt(0)).toBe("a");
      expect(balancer.stayOrMove(x, 3_600_000)).toBe("stay");
      const y = ask("s");
      rank(y);
      expect(balancer.stayOrMove(y, 3_600_000)).toBe("move");
      turn(ask("s", bound));
    }
    // With one account in all, with leave to move, or from nowhere known it may go on to the next.
    const twin = target("twin", { account: "a" });
    const near = ask("s", bound);
    rank(near, [a, twin]);
    expect(balancer.stayOrMove(near, 3_600_000)).toBe("move");
    const unknown = ask("unknown", bound);
    rank(unknown);
    expect(balancer.stayOrMove(unknown, 1)).toBe("move");
    const free = scene({ bound: "move" });
    free.turn(ask("s"));
    const x = ask("s", bound);
    free.rank(x);
    expect(free.balancer.stayOrMove(x, 3_600_000)).toBe("move");
  });

  test("with pins of an hour the price is that of one-hour entries", () => {
    const { turn, balancer } = scene({ pin: "1h" });
    const x = ask("s");
    turn(x);
    balancer.cached(x, a, 100_000);
    expect(balancer.priceOfMove(x)?.usd).toBeCloseTo(0.78, 9);
  });
});

describe("pins", () => {
  test("are bounded: the one used longest ago is forgotten", () => {
    const { turn, unfit, balancer, rank } = scene({ pins: 3 });
    unfit.add(a);
    for (const session of ["1", "2", "3"]) turn(ask(session));
    turn(ask("1"));
    turn(ask("4"));
    unfit.clear();
    expect(balancer.figures().pins).toBe(3);
    expect(["1", "2", "3", "4"].map((session) => rank(ask(session)).charAt(0))).toEqual(["b", "a", "b", "b"]);
    const none = scene({ pins: 0 });
    none.turn(ask("1"));
    expect(none.balancer.figures().pins).toBe(0);
  });

  test("a late answer of a request from before a move does not move back, nor tell of another's cache", () => {
    const { turn, unfit, balancer, rank } = scene();
    const slow = ask("s");
    turn(slow);
    balancer.cached(slow, a, 66_000);
    unfit.add(a);
    const moved = ask("s");
    turn(moved);
    expect(balancer.priceOfMove(moved)?.tokens).toBe(0);
    balancer.cached(slow, a, 77_000);
    unfit.clear();
    const x = ask("s");
    expect(rank(x)).toBe("bac");
    expect(balancer.priceOfMove(x)?.tokens).toBe(0);
    expect(balancer.figures()).toMatchObject({ moves: 1, mostMoves: 1 });
  });
});

describe("options of a model", () => {
  test("go before the general ones: mode, pin and what happens to a bound history", () => {
    let now = 0;
    const rt = { ...virtualRuntime("rules"), clock: { now: () => now, wall: () => EPOCH + now, timer: noTimer } };
    const general = readOptions("balance", BALANCE_OPTIONS, {});
    const own = { ...general, mode: "spread" as const, pin: 3_600_000, bound: "move" as const };
    const balancer = new Balancer(rt, general, undefined, (model) => (model === MODEL ? own : general));
    const gone = new Set<Target>();
    const view = { ...scene().view, fit: (one: Target) => !gone.has(one) };
    const other = (x: Exchange): Exchange => ({ ...x, look: { ...x.look, model: "claude-haiku-4-5" } });
    const first = (x: Exchange) => {
      const one = balancer.rank(x, all, view).find(view.fit) as Target;
      balancer.served(x, one);
      return one.name;
    };
    const sessions = Array.from({ length: 30 }, (_, i) => `s${i}`);
    expect(new Set(sessions.map((one) => first(ask(one))))).toEqual(new Set(["a", "b", "c"]));
    expect(new Set(sessions.map((one) => first(other(ask(one)))))).toEqual(new Set(["a"]));
    now += 600_000;
    const x = ask("s0", bound);
    const y = other(ask("s0", bound));
    first(x);
    first(y);
    gone.add(balancer.rank(x, all, view)[0] as Target);
    gone.add(a);
    expect(balancer.rank(x, all, view).length).toBe(3);
    expect(names(balancer.rank(y, all, view))).toBe("a");
    expect(balancer.hold(x)).toBeUndefined();
    expect(balancer.hold(y)).toMatchObject({ target: "a" });
  });
});
