// What a case of the conformance suite is: plain functions, so that any test runner can run them.

import { strict as assert } from "node:assert";
import { type Clock, sleep } from "@fairlead/runtime";
import { StoreError, type StoreErrorCode } from "../store-error.ts";
import type { Stores } from "../stores.ts";

/** A place where stores can be opened, empty at first. */
export interface Place {
  readonly clock: Clock;
  /** Another instance on the same data; `clock` is its own when given. The place closes it. */
  open(clock?: Clock): Promise<Stores>;
}

/** One thing that must hold. Rejects when it does not. */
export interface Case {
  readonly name: string;
  /** Whether it needs two instances on the same data. */
  readonly instances: 1 | 2;
  run(place: Place): Promise<void>;
}

/** A clock that is off by so many milliseconds, or as many as `by` says now. */
export function shifted(clock: Clock, by: () => number): Clock {
  return { now: () => clock.now(), wall: () => clock.wall() + by(), timer: (ms, run) => clock.timer(ms, run) };
}

/** Rejects unless `work` rejects with a StoreError of that code whose message ends like a sentence for people. */
export async function refuses(code: StoreErrorCode, work: () => Promise<unknown>): Promise<StoreError> {
  let error: unknown;
  try {
    await work();
  } catch (caught) {
    error = caught;
  }
  assert(StoreError.is(error), `expected a StoreError ${code}, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  assert(error.message.length > 20, `"${error.message}" says too little`);
  return error;
}

/** Resolves when `holds` does; rejects after `ms` milliseconds. */
export async function until(clock: Clock, holds: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  const end = clock.now() + ms;
  while (!(await holds())) {
    assert(clock.now() < end, `not within ${ms} ms`);
    await sleep(clock, 5);
  }
}
