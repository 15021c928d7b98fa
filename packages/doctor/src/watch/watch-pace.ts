// When the next check is due, and when a change of state counts.

import { between, type Random } from "@fairlead/runtime";
import type { Report } from "../report.ts";

/** What a check said: its state and, when broken, why. */
export interface Verdict {
  readonly state: Report["state"];
  readonly code?: string;
}

/** After a check. */
export interface Step {
  /** The state that counts; the same as before until a change is confirmed. */
  readonly standing: Verdict;
  /** True when it changed with this check. */
  readonly changed: boolean;
  /** Milliseconds to the next check. */
  readonly waitMs: number;
}

/** A change is looked at again after that time, milliseconds: a single lost packet is no change. */
const CONFIRM_MS = 2_000;
/** Longest pause while the line is down, milliseconds. */
const MAX_WAIT_MS = 300_000;
/** Each pause varies by so much up and down, so that many watchers do not ask at the same moment. */
const JITTER = 0.1;

/** Keeps the standing state and the pace. */
export class WatchPace {
  readonly #intervalMs: number;
  readonly #random: Random;
  #standing: Verdict | undefined;
  #doubted: Verdict | undefined;
  #down = 0;

  constructor(intervalMs: number, random: Random) {
    this.#intervalMs = intervalMs;
    this.#random = random;
  }

  /** The state that counts; undefined before the first check. */
  get standing(): Verdict | undefined {
    return this.#standing;
  }

  /** Takes the next check. The first one counts at once, a change when a second check agrees. */
  next(seen: Verdict): Step {
    const before = this.#standing;
    const first = before === undefined;
    const confirmed = this.#doubted !== undefined && same(this.#doubted, seen);
    if (!first && !same(before, seen) && !confirmed) {
      this.#doubted = seen;
      return { standing: before, changed: false, waitMs: this.#vary(Math.min(CONFIRM_MS, this.#intervalMs)) };
    }
    this.#doubted = undefined;
    const changed = !first && !same(before, seen);
    this.#standing = seen;
    this.#down = seen.state === "whole" ? 0 : changed || first ? 1 : this.#down + 1;
    return { standing: seen, changed, waitMs: this.#vary(this.#pause()) };
  }

  /** The interval while whole; twice as long with each check that finds the line down, up to five minutes. */
  #pause(): number {
    if (this.#down <= 1) return this.#intervalMs;
    const longer = this.#intervalMs * 2 ** Math.min(this.#down - 1, 20);
    return Math.max(this.#intervalMs, Math.min(longer, MAX_WAIT_MS));
  }

  #vary(ms: number): number {
    return Math.round(between(this.#random, ms * (1 - JITTER), ms * (1 + JITTER)));
  }
}

function same(a: Verdict, b: Verdict): boolean {
  return a.state === b.state && a.code === b.code;
}
