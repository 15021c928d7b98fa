// Two threads that work a list of jobs off.

import { Worker } from "node:worker_threads";
import type { Done, Job } from "./worker.ts";

/** Plays all jobs on so many threads, in order as threads become free. `tell` hears of each as it is done. */
export function playAll(jobs: readonly Job[], threads: number, tell: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let open = jobs.length;
    if (open === 0) resolve();
    const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => {
      const worker = new Worker(new URL("./worker.ts", import.meta.url));
      let job: Job | undefined;
      const feed = () => {
        job = jobs[next];
        worker.postMessage(job);
        next += 1;
      };
      worker.on("message", (done: Done) => {
        open -= 1;
        tell(done);
        if (next < jobs.length) feed();
        if (open > 0) return;
        for (const one of workers) one.terminate();
        resolve();
      });
      worker.on("error", (cause) => {
        reject(new Error(`${job?.goal} ${job?.subject} seed ${job?.seed} ended its thread`, { cause }));
      });
      feed();
      return worker;
    });
  });
}
