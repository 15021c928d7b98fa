// Requests that are under way, as the admin address shows them: where each stands, and its place when it waits.

import { traceLine } from "@fairlead/engine";
import type { UnderWay } from "../edge/running.ts";
import { pathOf, short } from "./recent-requests.ts";

/** So many are shown, those that came first; `total` counts all. */
const SHOWN = 200;
/** Steps that are looked at of one request. */
const MAX_STEPS = 100;

/** All of them in brief. */
export function underWayList(all: readonly UnderWay[], now: number): object {
  return { total: all.length, requests: all.slice(0, SHOWN).map((one) => underWayView(one, now)) };
}

/** One request. `queued` is null unless it waits for room; `wait_ms` is null while no rate was measured. */
export function underWayView({ id, at, project, path, model, stream, priority, tally }: UnderWay, now: number): object {
  const { queued } = tally;
  return {
    id,
    age_ms: Math.round(now - at),
    project: project ?? null,
    path: pathOf(path),
    model: short(model) ?? null,
    stream,
    priority,
    attempts: tally.attempts,
    queued: queued === undefined ? null : { place: queued.place, wait_ms: queued.waitMs ?? null },
    trace: traceLine(tally.steps.slice(-MAX_STEPS)),
  };
}
