// Duplicates: the same request of a project again, within a while after its answer, gets the same answer or is refused.

import {
  canonicalKey,
  type Duplicates,
  type Exchange,
  failure,
  kindOf,
  type Layer,
  type Next,
  type Outcome,
  type Principal,
} from "@fairlead/engine";
import type { Runtime } from "@fairlead/runtime";
import type { SeenBefore } from "@fairlead/stores";
import type { LimitFact } from "./facts.ts";
import type { SharedSeen } from "./shared-seen.ts";

/** What a project wants to become of duplicates; undefined: they are sent like any other. */
export type DuplicatesOf = (principal: Principal) => Duplicates | undefined;

/** Requests that are remembered; beyond it the oldest are forgotten. */
const REMEMBERED = 10_000;

/** Requests seen lately, of projects that refuse duplicates; they outlive configurations. */
export class Seen {
  /** What the other instances have seen; undefined when there are none, or nothing is shared. */
  readonly shared: SharedSeen | undefined;
  /** Until when, monotonic milliseconds; Infinity while it is under way. Oldest first. */
  readonly #until = new Map<string, number>();

  constructor(shared?: SharedSeen) {
    this.shared = shared;
  }

  /** Claims a key here; tells what has become of it when another request has it. */
  begin(key: string, now: number): SeenBefore | undefined {
    const until = this.#until.get(key);
    if (until !== undefined && until > now) return until === Number.POSITIVE_INFINITY ? "under way" : "answered";
    this.#until.delete(key);
    if (this.#until.size >= REMEMBERED) {
      const oldest = this.#until.keys().next().value;
      if (oldest !== undefined) this.#until.delete(oldest);
    }
    this.#until.set(key, Number.POSITIVE_INFINITY);
    return undefined;
  }

  /** It ended well: its duplicates are refused until then. Without a time it may be sent again at once. */
  end(key: string, until: number | undefined): void {
    if (until === undefined) this.#until.delete(key);
    else if (this.#until.has(key)) this.#until.set(key, until);
  }
}

/** Requests that generate are looked at; all others may be repeated freely. */
export function duplicates(of: DuplicatesOf, seen: Seen): Layer {
  return (rt) => ({
    name: "duplicates",
    says: "the same request of a project again gets the same answer, or is refused, as the project wants",
    handle: (x, next) => {
      const wish = x.principal === undefined ? undefined : of(x.principal);
      if (wish === undefined || wish.answer === "allow" || wish.window === 0 || kindOf(x) !== "messages")
        return next(x);
      if (wish.answer === "refuse") return refuse(rt, x, next, wish.window, seen);
      // A name that the caller gave is better: it says what the caller takes for the same.
      if (x.idempotencyKey !== undefined) return next(x);
      return next({ ...x, idempotencyKey: `duplicate ${canonicalKey(x, "", "exact")}`, lingerMs: wish.window });
    },
  });
}

async function refuse(rt: Runtime, x: Exchange, next: Next, windowMs: number, seen: Seen): Promise<Outcome> {
  const { clock } = rt;
  const key = canonicalKey(x, "", "exact");
  let before = seen.begin(key, clock.now());
  if (before === undefined && seen.shared !== undefined) {
    before = await seen.shared.begin(key);
    if (before !== undefined) seen.end(key, undefined);
  }
  if (before !== undefined) {
    const scope = `project ${x.principal?.project ?? ""}`;
    const what = before === "under way" ? "is under way already" : "was answered a moment ago";
    const at = clock.now();
    x.tally.steps.push({ at, what: "refused", upstream: undefined, ms: 0, why: "duplicate_request" });
    const fact: LimitFact = {
      kind: "limit",
      at,
      id: x.id,
      project: x.principal?.project ?? "",
      dimension: "duplicates",
      scope,
      code: "duplicate_request",
      waitMs: windowMs,
    };
    rt.emit(fact);
    return failure("duplicate_request", { scope, what, seconds: windowMs / 1_000 }, { local: true, unsent: true });
  }
  const end = (answered: boolean) => {
    seen.end(key, answered ? clock.now() + windowMs : undefined);
    seen.shared?.end(key, answered ? windowMs : undefined);
  };
  let outcome: Outcome;
  try {
    outcome = await next(x);
  } catch (e) {
    end(false);
    throw e;
  }
  // One that failed, or broke, may be tried again: that is no duplicate but a retry.
  if (!outcome.ok) end(false);
  else outcome.flow.tap({ end: ({ verdict }) => end(verdict === "ok") });
  return outcome;
}
