// What custody knows when it decides about a request: the options, the book, the upstreams, and how many projects there are.

import { type Exchange, type Failure, failure, type Outcome, type Serves, type Target } from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { CustodyKind, CustodyRow } from "@fairlead/stores";
import type { CustodyBook } from "./custody-book.ts";
import type { CustodyFact } from "./facts.ts";

/** Values of `resources`. */
export interface ResourceOptions {
  /** Whether a project reaches only what it made. */
  readonly isolation: "project" | "none";
  /** What becomes of ids that this gateway has never seen; `auto` allows them while there is one project. */
  readonly unknown: "auto" | "refuse" | "allow";
}

/** What the parts of custody work with; `serves` and `all` are of one configuration. */
export interface CustodyParts {
  readonly rt: Runtime;
  readonly book: CustodyBook;
  readonly options: ResourceOptions;
  readonly serves: Serves;
  readonly all: readonly Target[];
  /** How many projects there are now, in the configuration and in the store. */
  readonly projects: () => number;
}

/** Who asks again after so long, milliseconds, when the store does not answer. */
const AWAY_RETRY_MS = 5_000;

/** Whether what nobody is known to have may be reached. */
export function allowsUnknown({ options, projects }: CustodyParts): boolean {
  if (options.isolation === "none" || options.unknown === "allow") return true;
  return options.unknown === "auto" && projects() <= 1;
}

/** Whether nobody could be harmed: projects share what they have, or there is one of them. */
export function harmless({ options, projects }: CustodyParts): boolean {
  return options.isolation === "none" || projects() <= 1;
}

/** Whether a thing is another project's. */
export function isForeign({ options }: CustodyParts, x: Exchange, row: CustodyRow): boolean {
  return options.isolation === "project" && row.project !== x.principal?.project;
}

/** The targets that lead to an account. With a model: those of its rule. */
export function targetsOf({ serves, all }: CustodyParts, account: string, model?: string): readonly Target[] {
  return (model === undefined ? all : serves(model)).filter((target) => target.account === account);
}

/** The answer for what the project does not have: the same for what others have and for what nobody has. */
export function unknownThing(
  { rt }: CustodyParts,
  x: Exchange,
  what: CustodyKind,
  id: string,
  why: CustodyFact["why"],
): Failure {
  const at = rt.clock.now();
  const { project = "", keyId = "" } = x.principal ?? {};
  const fact: CustodyFact = { kind: "custody", at, id: x.id, project, keyId, what, why };
  rt.emit(fact);
  return refused(rt, x, failure(what === "file" ? "file_unknown" : "batch_unknown", { id }, LOCAL));
}

/** The answer while the store does not say whose a thing is. */
export function awayFailure({ rt }: CustodyParts, x: Exchange, what: CustodyKind): Failure {
  const fill = { what, seconds: AWAY_RETRY_MS / 1_000 };
  return refused(rt, x, failure("custody_away", fill, { ...LOCAL, retryAfterMs: AWAY_RETRY_MS }));
}

/** A refusal of ours, told in the decision trace. */
export function refused(rt: Runtime, x: Exchange, told: Failure): Failure {
  x.tally.steps.push({ at: rt.clock.now(), what: "refused", upstream: undefined, ms: 0, why: told.code ?? "" });
  return told;
}

/** Made here, without an attempt on the wire. */
export const LOCAL = { local: true, unsent: true } as const;

/** Whether the upstream said that it does not have what was asked for. */
export function isMissing(outcome: Outcome): boolean {
  return !outcome.ok && outcome.response?.status === 404 && outcome.type === "not_found_error";
}
