// Plays goals, some beside each other: most of the time of a goal is waiting.

import { Crew } from "./crew.ts";
import type { Goal, Row, Scale } from "./goal.ts";

/** A goal as it was played. */
export interface Confirmed {
  readonly goal: Goal;
  readonly rows: readonly Row[];
  readonly seconds: number;
  /** Why it could not be played to its end. */
  readonly error?: string;
}

/** Goals that are played at the same time: what two cores bear without being the limit themselves. */
const LANES = 2;

/** Plays goals. `tell` hears of each as it is done; what is returned is in the order of the goals. */
export async function confirm(
  goals: readonly Goal[],
  scale: Scale,
  tell: (one: Confirmed) => void = () => {},
  signal?: AbortSignal,
): Promise<Confirmed[]> {
  const done = new Map<Goal, Confirmed>();
  const waiting = [...goals];
  const lane = async () => {
    for (let goal = waiting.shift(); goal !== undefined; goal = waiting.shift()) {
      if (signal?.aborted === true) return;
      const one = await playOne(goal, scale, signal);
      done.set(goal, one);
      tell(one);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return goals.flatMap((goal) => done.get(goal) ?? []);
}

async function playOne(goal: Goal, scale: Scale, signal: AbortSignal | undefined): Promise<Confirmed> {
  const crew = new Crew();
  const stop = () => void crew.close();
  signal?.addEventListener("abort", stop, { once: true });
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  try {
    return { goal, rows: await goal.run(crew, scale), seconds: seconds() };
  } catch (e) {
    return { goal, rows: [], seconds: seconds(), error: e instanceof Error ? (e.stack ?? e.message) : String(e) };
  } finally {
    signal?.removeEventListener("abort", stop);
    await crew.close();
  }
}
