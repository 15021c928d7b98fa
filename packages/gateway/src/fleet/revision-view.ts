// Revisions and trials as people see them: no secrets, and no more than is asked for.

import type { Tried } from "./config-control.ts";
import type { Revision } from "./revision-book.ts";
import { type Arm, quantile } from "./trial-arms.ts";

/** A revision as people see it. */
export interface RevisionView {
  /** 0 while it has none: a file's text on trial, or one in force that the store has not taken yet. */
  readonly number: number;
  readonly hash: string;
  readonly state: "active" | "canary" | "superseded" | "rolled-back" | "refused";
  readonly at: number;
  readonly by: string;
  readonly note: string | null;
  readonly why: string | null;
  readonly rollbackOf: number | null;
  /** Percent of the requests, while it is tried. */
  readonly canaryPercent: number | null;
}

/** What `apply` is given. */
export interface ApplyRequest {
  readonly text: string;
  readonly by: string;
  readonly note?: string | undefined;
  /** Only while this revision is in force. */
  readonly expect?: number | undefined;
  /** Percent of the requests that try it first; 0 for at once. Default: as the text's `fleet.canary` says. */
  readonly canary?: number | undefined;
}

/** How a revision stands, given the one in force and what is on trial. */
export function revisionView(one: Revision, inForce: number | null, trial: Tried | undefined): RevisionView {
  const tried = trial !== undefined && trial.number === one.number;
  return {
    number: one.number,
    hash: one.hash,
    state: one.number === inForce ? "active" : tried ? "canary" : (one.fate?.state ?? "superseded"),
    at: one.at,
    by: one.by,
    note: one.note ?? null,
    why: one.fate?.why ?? null,
    rollbackOf: one.rollbackOf ?? null,
    canaryPercent: tried ? trial.percent : null,
  };
}

/** One side of a trial in figures. */
export function armView(arm: Arm) {
  const { requests, failed } = arm;
  return { requests, failed, p50Ms: Math.round(quantile(arm, 0.5)), p95Ms: Math.round(quantile(arm, 0.95)) };
}

/** Keys for trying things out may stand in a text as they are, and addresses of stores may hold a password: neither is shown. */
export function masked(text: string): string {
  return text.replace(/fl-dev-[\w-]+/g, "fl-dev-****").replace(/(:\/\/[^\s:/@"']*:)[^\s@/"']+@/g, "$1****@");
}
