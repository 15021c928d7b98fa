// Tests of what counts as a move of a conversation, and of what does not move it.

import { virtualRuntime } from "@fairlead/runtime";
import { expect, test } from "vitest";
import { exchange, failed, target } from "../../testing/exchange.ts";
import type { Exchange } from "../exchange.ts";
import { readOptions } from "../options.ts";
import { BALANCE_OPTIONS, Balancer, type View } from "./balancer.ts";
import type { Target } from "./target.ts";

const MODEL = "claude-opus-5-5";
const [a, b, c] = ["a", "b", "c"].map((name) => target(name)) as [Target, Target, Target];
const all = [a, b, c];
const names = (list: readonly Target[]) => list.map(({ name }) => name).join("");
const hi = { role: "user", content: "hi" };
const thought = { role: "assistant", content: [{ type: "thinking", thinking: "", signature: "s" }] };

function scene() {
  const unfit = new Set<Target>();
  const view: View = {
    fit: (one) => !unfit.has(one),
    inFlight: () => 0,
    share: () => 1,
    weight: () => 1,
    headroom: () => 1,
    latency: () => 1,
  };
  const balancer = new Balancer(virtualRuntime("moves"), readOptions("balance", BALANCE_OPTIONS, {}));
  const rank = (x: Exchange, targets: readonly Target[] = all) => balancer.rank(x, targets, view);
  const turn = (x: Exchange, targets: readonly Target[] = all): Target | undefined => {
    const one = rank(x, targets).find(view.fit);
    if (one !== undefined) balancer.served(x, one);
    return one;
  };
  return { unfit, balancer, rank, turn };
}

function ask(messages: readonly unknown[] = [hi], more: Partial<Exchange> = {}): Exchange {
  return exchange({
    headers: ["x-claude-code-session-id", "s"],
    body: Buffer.from(JSON.stringify({ model: MODEL, messages })),
    look: { ...exchange().look, model: MODEL },
    ...more,
  });
}

test("a repeat that was answered elsewhere moves no conversation whose place is well, and one whose place is ill", () => {
  const tried = [{ target: a, failure: failed("overloaded"), at: 0, tookMs: 1 }];
  for (const ill of [false, true]) {
    const { turn, unfit, balancer, rank } = scene();
    turn(ask());
    if (ill) unfit.add(a);
    const repeat = ask([hi], { tried });
    rank(repeat);
    balancer.served(repeat, b);
    unfit.clear();
    expect(names(rank(ask()))).toBe(ill ? "bac" : "abc");
    expect(balancer.figures().moves).toBe(ill ? 1 : 0);
  }
});

test("a bound history moves freely inside its account, and that is no move of a bound history", () => {
  const beside = target("a2", { account: "a" });
  const { turn, unfit, balancer } = scene();
  turn(ask([hi, thought, hi]), [a, beside, b]);
  unfit.add(a);
  expect(turn(ask([hi, thought, hi]), [a, beside, b])).toBe(beside);
  expect(balancer.figures()).toMatchObject({ moves: 1, boundMoves: 0 });
});
