// A goal: worlds to run, what is measured in them, and what must come out.

import { between, forkSeed, type Random } from "@fairlead/runtime";
import type { Subject } from "./subject.ts";

/** What a figure must be. */
export interface Aim {
  readonly is: "at most" | "at least";
  readonly value: number;
}

/** One figure of a goal. */
export interface Measure {
  readonly name: string;
  /** Unit behind the number: `%`, `ms`, `s`, `x`, or empty. A figure in `%` is given as a share of 1. */
  readonly unit: "%" | "ms" | "s" | "x" | "";
  readonly digits: number;
  /** Undefined: told, not judged. */
  readonly aim: Aim | undefined;
  /** Which side is the bad one: the 95th percentile is taken there. */
  readonly worse: "high" | "low";
  /** What must reach it: the 95th of 100 seeds on the bad side, all of them, the middle one, or the sum or mean of all. */
  readonly over: "p95" | "all" | "p50" | "sum" | "mean";
}

/** What one run of a goal gave. NaN: the figure does not exist for this subject. Infinity: never. */
export interface Run {
  readonly figures: readonly number[];
  /** Invariants that did not hold, in words. */
  readonly broken: readonly string[];
  /** Requests that clients sent. */
  readonly requests: number;
  /** What a replay of one seed tells besides. */
  readonly notes?: readonly string[];
}

/** One goal of the proof. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  /** What the world is, in a sentence or two. */
  readonly world: string;
  readonly measures: readonly Measure[];
  /** What keeps the figures from being better, as far as it was found out. */
  readonly bound?: string;
  /** Subjects that are left out, with the reason. */
  readonly without?: { readonly [subject: string]: string };
  /** True for peers with more than one target only. */
  readonly spreadsOnly?: boolean;
  run(subject: Subject, dice: Dice): Promise<Run>;
}

/** At most, judged at the 95th percentile over seeds unless said otherwise. */
export function atMost(
  name: string,
  unit: Measure["unit"],
  value: number,
  digits = 2,
  over: Measure["over"] = "p95",
): Measure {
  return { name, unit, digits, aim: { is: "at most", value }, worse: "high", over };
}

/** At least, judged at the 5th percentile over seeds unless said otherwise. */
export function atLeast(
  name: string,
  unit: Measure["unit"],
  value: number,
  digits = 2,
  over: Measure["over"] = "p95",
): Measure {
  return { name, unit, digits, aim: { is: "at least", value }, worse: "low", over };
}

/** A figure without an aim. */
export function told(name: string, unit: Measure["unit"], digits = 2, worse: Measure["worse"] = "high"): Measure {
  return { name, unit, digits, aim: undefined, worse, over: "p95" };
}

/** How the names of fixed seeds begin. */
export const FIXED = "fixed-";

/** Whether a seed is of a world whose numbers are shaken: `Dice.for` made it, from a seed that is not fixed. */
export function isShaken(seed: string): boolean {
  return seed.includes("/") && !seed.startsWith(FIXED);
}

/** A seed and what it throws: fixed seeds have the world as it is written, all others shake its numbers. */
export class Dice {
  readonly seed: string;
  readonly fixed: boolean;
  readonly #random: Random;

  constructor(seed: string) {
    this.seed = seed;
    this.fixed = seed.startsWith(FIXED);
    this.#random = forkSeed(seed, "dice");
  }

  /** `written` for a fixed seed, else uniform in [low, high). */
  vary(written: number, low: number, high: number): number {
    return this.fixed ? written : between(this.#random, low, high);
  }

  /** As `vary`, in whole numbers. */
  whole(written: number, low: number, high: number): number {
    return this.fixed ? written : Math.floor(between(this.#random, low, high + 1));
  }

  /** A seed for one of several worlds of a goal. */
  for(world: string): string {
    return `${this.seed}/${world}`;
  }
}
