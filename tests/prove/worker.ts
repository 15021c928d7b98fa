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
  /** Time of a core that it took, milliseconds. */
  readonly tookMs: number;
}

/** Plays one job. What is thrown counts as a broken invariant. */
export async function play(job: Job): Promise<Done> {
  const goal = GOALS.find(({ id }) => id === job.goal);
  const subject = SUBJECTS.find(({ name }) => name === job.subject);
  if (goal === undefined || subject === undefined) throw new Error(`no goal ${job.goal} or subject ${job.subject}`);
  const before = process.threadCpuUsage();
  const took = () => {
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  };
  try {
    const run = await goal.run(subject, new Dice(job.seed));
    return { ...run, job, tookMs: took() };
  } catch (error) {
    const broken = [`threw ${error instanceof Error ? error.stack : error}`];
    const figures = goal.measures.map(() => Number.NaN);
    return { figures, broken, requests: 0, job, tookMs: took() };
  }
}

parentPort?.on("message", async (job: Job) => parentPort?.postMessage(await play(job)));
