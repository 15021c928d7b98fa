// One of the threads that play worlds: takes a goal, a subject and a seed, gives the figures back.

import { parentPort } from "node:worker_threads";
import { Dice, type Run } from "./goal.ts";
import { GOALS } from "./goals.ts";
import { SUBJECTS } from "./subjects.ts";

/** What is to be played. */
export interface Job {
  readonly goal: string;
  readonly subject: string;
  readonly seed: string;
}

/** What came of it. */
export interface Done extends Run {
  readonly job: Job;
  /** Real time it took, milliseconds. */
  readonly tookMs: number;
}

/** Plays one job. What is thrown counts as a broken invariant. */
export async function play(job: Job): Promise<Done> {
  const goal = GOALS.find(({ id }) => id === job.goal);
  const subject = SUBJECTS.find(({ name }) => name === job.subject);
  if (goal === undefined || subject === undefined) throw new Error(`no goal ${job.goal} or subject ${job.subject}`);
  const startedAt = performance.now();
  try {
    const run = await goal.run(subject, new Dice(job.seed));
    return { ...run, job, tookMs: performance.now() - startedAt };
  } catch (error) {
    const broken = [`threw ${error instanceof Error ? error.stack : error}`];
    const figures = goal.measures.map(() => Number.NaN);
    return { figures, broken, requests: 0, job, tookMs: performance.now() - startedAt };
  }
}

parentPort?.on("message", async (job: Job) => parentPort?.postMessage(await play(job)));
