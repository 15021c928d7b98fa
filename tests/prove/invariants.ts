// What must hold at every step of every world, whatever the policy reaches.

import { type Exchange, type Target, VERDICTS } from "@fairlead/engine";
import type { Fact } from "@fairlead/runtime";
import type { History } from "./history.ts";

/** Numbers of the engine's defaults that the checks rest on. */
const MAX_ATTEMPTS = 3;
const BUDGET = 10;
const REFILL = 0.1;
/** A draw is allowed while more than half is left and may cost three. */
const FREE_REPEATS = BUDGET / 2 + 3;
/** So many violations are kept in words. */
const KEPT = 5;

interface Account {
  repeats: number;
  good: number;
}

/** Gathers violations of one world. */
export class Invariants {
  readonly found: string[] = [];
  count = 0;
  readonly #history: History;
  readonly #budgets = new Map<string, Account>();
  #told = new Uint8Array(0);

  constructor(history: History) {
    this.#history = history;
  }

  /** Notes a violation. */
  broken(what: string, at: number): void {
    this.count += 1;
    if (this.found.length < KEPT) this.found.push(`${what} (at ${Math.round(at)} ms)`);
  }

  /** An attempt goes out. */
  sent(x: Exchange, target: Target, instance: number, row: number, at: number): void {
    const attempts = this.#history.attempts[row] as number;
    if (attempts > MAX_ATTEMPTS) this.broken(`request ${row} had ${attempts} attempts`, at);
    if (at > x.deadline) this.broken(`request ${row} was sent after its deadline`, at);
    if (this.#history.state[row] !== 0) this.broken(`request ${row} was sent after it had ended`, at);
    const before = x.tried.findLast((one) => one.target === target);
    // Only what the upstream itself asked for: our own refusals name a time as well.
    const asked = before?.failure.response === undefined ? undefined : before.failure.retryAfterMs;
    if (before !== undefined && asked !== undefined && at < before.at + asked - 0.01) {
      this.broken(`request ${row} was sent ${Math.round(before.at + asked - at)} ms before it was permitted`, at);
    }
    // What never reached the upstream, and what the table says costs nothing, is free.
    if (before === undefined || before.failure.unsent || VERDICTS[before.failure.verdict].cost === 0) return;
    // A repeat draws where it goes, after overload too: from the budget of the instance and the platform that gets it.
    const budget = this.#budget(target, instance);
    budget.repeats += 1;
    if (budget.repeats > FREE_REPEATS + REFILL * budget.good) {
      this.broken(
        `instance ${instance} sent ${budget.repeats} repeats to ${target.platform} for ${budget.good} successes`,
        at,
      );
    }
  }

  /** An attempt's content began. */
  good(target: Target, instance: number): void {
    this.#budget(target, instance).good += 1;
  }

  /** A request has its outcome. */
  settled(row: number, deadline: number, at: number): void {
    if (at > deadline + 1) this.broken(`request ${row} had its outcome ${Math.round(at - deadline)} ms late`, at);
  }

  /** Facts of one instance's bus: each request is told once. */
  fact(fact: Fact): void {
    if (fact.kind !== "request") return;
    const row = rowOf((fact as Fact & { readonly x: Exchange }).x);
    if (row >= this.#told.length) {
      const more = new Uint8Array(this.#history.state.length);
      more.set(this.#told);
      this.#told = more;
    }
    const told = ((this.#told[row] as number) + 1) as number;
    this.#told[row] = told;
    if (told > 1) this.broken(`request ${row} was told ${told} times`, fact.at);
  }

  /** The world is over and drained. */
  over(at: number, ours: boolean): void {
    const { history } = { history: this.#history };
    for (let row = 0; row < history.count; row++) {
      if (history.ends[row] !== 1) this.broken(`request ${row} ended ${history.ends[row]} times`, at);
      if (ours && this.#told[row] !== 1) this.broken(`request ${row} was told ${this.#told[row] ?? 0} times`, at);
    }
  }

  #budget(target: Target, instance: number): Account {
    const key = `${instance} ${target.platform}`;
    let account = this.#budgets.get(key);
    if (account === undefined) {
      account = { repeats: 0, good: 0 };
      this.#budgets.set(key, account);
    }
    return account;
  }
}

/** The row of the history that an exchange belongs to. */
export function rowOf(x: Exchange): number {
  return Number.parseInt(x.id.slice(1), 10);
}

/** True for a copy of a request that is sent beside it, whose answer nobody reads. */
export function isProbe(x: Exchange): boolean {
  return x.probe === true;
}
