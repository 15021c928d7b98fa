// A goal that is confirmed over real sockets: what is set up, what is measured, and what must come out.

import type { Crew } from "./crew.ts";

/** What a figure must be. */
export interface Aim {
  readonly is: "at most" | "at least";
  readonly value: number;
}

/** One measured figure. */
export interface Row {
  readonly figure: string;
  /** Unit behind the number; a figure in `%` is a share of 1. */
  readonly unit: "%" | "ms" | "s" | "x" | "";
  readonly digits: number;
  /** The target of docs/proof.md; undefined: told, not judged. */
  readonly proof: Aim | undefined;
  /** The target here, where it is another one. */
  readonly here?: Aim;
  /** Why it is another one, or how the figure is had here. */
  readonly note?: string;
  /** NaN: it could not be had, which is a miss. */
  readonly measured: number;
  /** How much it rests on, such as `800 requests`. */
  readonly from: string;
}

/** `whole`: what the document shows. `short`: seconds, for the test that keeps the road open. */
export type Scale = "whole" | "short";

/** One goal. */
export interface Goal {
  readonly id: string;
  readonly title: string;
  /** What is set up, in a sentence or two. */
  readonly world: string;
  run(crew: Crew, scale: Scale): Promise<Row[]>;
}

/** Whether a figure reached its target; undefined where there is none. */
export function met({ proof, here, measured }: Row): boolean | undefined {
  const aim = here ?? proof;
  if (aim === undefined) return undefined;
  return aim.is === "at most" ? measured <= aim.value : measured >= aim.value;
}

/** An aim from above. */
export function atMost(value: number): Aim {
  return { is: "at most", value };
}

/** An aim from below. */
export function atLeast(value: number): Aim {
  return { is: "at least", value };
}
