// What all peers have in common: attempts on targets, waits that end when the caller leaves, a subject around a policy.

import { type CircuitFact, type Exchange, type Failure, failure, type Outcome, type Target } from "@fairlead/engine";
import { pause, type Runtime, Signal } from "@fairlead/runtime";
import type { Instance, Place, Subject } from "../subject.ts";

/** One attempt on a target. */
export function attempt(x: Exchange, target: Target, number: number): Promise<Outcome> {
  return target.send({ ...x, attempt: number, target });
}

/** One attempt that is given up after `ms` without an answer. */
export async function timedAttempt(
  rt: Runtime,
  x: Exchange,
  target: Target,
  number: number,
  ms: number,
): Promise<Outcome> {
  const signal = new Signal();
  const stop = x.signal.onAbort((reason) => signal.abort(reason));
  const timer = rt.clock.timer(ms, () => signal.abort("time-out"));
  const outcome = await target.send({ ...x, attempt: number, target, signal });
  timer.cancel();
  stop();
  if (outcome.ok || signal.reason !== "time-out") return outcome;
  return failure("head_timeout", { upstream: target.name, ms }, { target });
}

/** Waits; false when the caller has left meanwhile. */
export function wait(rt: Runtime, ms: number, x: Exchange): Promise<boolean> {
  return pause(rt.clock, ms, x.signal);
}

/** Tells that a target is left alone from now on, as the engine does. */
export function opened(rt: Runtime, target: Target): void {
  const fact: CircuitFact = {
    kind: "circuit",
    at: rt.clock.now(),
    upstream: target.name,
    scope: "endpoint",
    state: "open",
    why: "",
  };
  rt.emit(fact);
}

/** A refusal of the policy itself, without an attempt. */
export function refusal(): Failure {
  return failure("too_busy", { limit: 0 }, { local: true });
}

/** The HTTP status that a client of the attempt would see; 0 for none. */
export function statusOf(failed: Failure): number {
  return failed.response?.status ?? 0;
}

/** A subject that is a peer. */
export function peer(
  name: string,
  source: string,
  how: { readonly spreads: boolean; readonly timesAttempts: boolean },
  start: (place: Place) => Instance["run"],
): Subject {
  return { name, source, ours: false, ...how, settle: () => (place) => ({ run: start(place) }) };
}
