// Threads that screen large bodies, so that the event loop goes on: started when needed, bounded, replaced when they die.

import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "@fairlead/runtime";
import type { Screening, ScreenPolicy } from "./screen-body.ts";
import type { ScreenJob, ScreenReply } from "./screen-worker.ts";

/** Why a body was not screened. */
export type PoolFault = "busy" | "late" | "died" | "failed";

/** The bounds of a pool. */
export interface PoolBounds {
  /** Threads at most. */
  readonly threads: number;
  /** Bodies that wait at most. */
  readonly queue: number;
  /** Longest time for one body from its start, milliseconds; a thread that takes longer is ended. */
  readonly timeoutMs: number;
}

/** One thread for each processor, four at most: large bodies are rare, and requests need the processors too. */
export function threadsHere(): number {
  return Math.max(1, Math.min(4, availableParallelism()));
}

interface Job {
  readonly body: Buffer;
  readonly policy: ScreenPolicy;
  deaths: number;
  settle(result: Screening | PoolFault): void;
}

interface Thread {
  readonly worker: Worker;
  job: Job | undefined;
  id: number;
  timer: Timer | undefined;
}

/** How a thread is made; tests give one that fails. */
export type Spawn = () => Worker;

/** The threads. */
export class ScreenPool {
  readonly #bounds: PoolBounds;
  readonly #clock: Clock;
  readonly #spawn: Spawn;
  readonly #threads = new Set<Thread>();
  readonly #queue: Job[] = [];
  #ids = 0;
  #closed = false;

  constructor(bounds: PoolBounds, clock: Clock, spawn: Spawn = spawnWorker) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#spawn = spawn;
  }

  /** Bodies that wait for a thread. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Threads that run. */
  get threads(): number {
    return this.#threads.size;
  }

  /** Screens a body. Never rejects. A body whose thread died is tried once more. */
  screen(body: Buffer, policy: ScreenPolicy): Promise<Screening | PoolFault> {
    return new Promise((settle) => {
      const job: Job = { body, policy, deaths: 0, settle };
      const thread = this.#free();
      if (thread !== undefined) this.#give(thread, job);
      else if (this.#threads.size === 0) settle("died");
      else if (this.#queue.length >= this.#bounds.queue) settle("busy");
      else this.#queue.push(job);
    });
  }

  /** Ends the threads, each when nothing is left for it to do: requests that a reload has overtaken are still answered. */
  close(): void {
    this.#closed = true;
    for (const thread of this.#threads) if (thread.job === undefined) this.#end(thread);
  }

  #end(thread: Thread): void {
    this.#threads.delete(thread);
    void thread.worker.terminate();
  }

  #free(): Thread | undefined {
    for (const thread of this.#threads) if (thread.job === undefined) return thread;
    return this.#threads.size < this.#bounds.threads ? this.#start() : undefined;
  }

  #start(): Thread | undefined {
    let worker: Worker;
    try {
      worker = this.#spawn();
    } catch {
      return undefined;
    }
    const thread: Thread = { worker, job: undefined, id: 0, timer: undefined };
    this.#threads.add(thread);
    worker.unref();
    worker.on("message", (reply: ScreenReply) => {
      const { job } = thread;
      if (job === undefined || reply.id !== thread.id) return;
      this.#done(thread);
      job.settle("error" in reply ? "failed" : screeningOf(reply.screening));
      this.#next(thread);
    });
    worker.on("error", () => this.#lost(thread));
    worker.on("exit", () => this.#lost(thread));
    return thread;
  }

  #give(thread: Thread, job: Job): void {
    this.#ids += 1;
    thread.id = this.#ids;
    thread.job = job;
    thread.worker.ref();
    thread.timer = this.#clock.timer(this.#bounds.timeoutMs, () => {
      // What takes so long is not tried again: it would take as long.
      thread.job = undefined;
      this.#end(thread);
      job.settle("late");
      this.#refill();
    });
    // Copied, not given away: the request goes on with its body when nothing is found in it.
    thread.worker.postMessage({ id: thread.id, body: job.body, policy: job.policy } satisfies ScreenJob);
  }

  #done(thread: Thread): void {
    thread.timer?.cancel();
    thread.timer = undefined;
    thread.job = undefined;
    thread.worker.unref();
  }

  #next(thread: Thread): void {
    const job = this.#queue.shift();
    if (job !== undefined) this.#give(thread, job);
    else if (this.#closed) this.#end(thread);
  }

  #lost(thread: Thread): void {
    if (!this.#threads.delete(thread)) return;
    const { job } = thread;
    thread.timer?.cancel();
    thread.job = undefined;
    if (job !== undefined) {
      job.deaths += 1;
      if (job.deaths > 1) job.settle("died");
      else this.#queue.unshift(job);
    }
    this.#refill();
  }

  /** Gives what waits to new threads in the place of those that are gone. */
  #refill(): void {
    while (this.#queue.length > 0) {
      const thread = this.#free();
      if (thread === undefined) {
        // No thread can be had, and none runs that would take the rest.
        if (this.#threads.size === 0) for (const job of this.#queue.splice(0)) job.settle("died");
        return;
      }
      this.#next(thread);
    }
  }
}

function screeningOf(reply: Extract<ScreenReply, { readonly screening: unknown }>["screening"]): Screening {
  const { body } = reply;
  return {
    ...reply,
    body: body === undefined ? undefined : Buffer.from(body.buffer, body.byteOffset, body.byteLength),
  };
}

/** Memory of one thread at most, megabytes: a batch of the largest size, its texts and what is found in them. */
const THREAD_MB = 1_024;

function spawnWorker(): Worker {
  const file = import.meta.url.endsWith(".ts") ? "./screen-worker.ts" : "./screen-worker.js";
  const start = "import(require('node:worker_threads').workerData).then((it) => it.serveScreens())";
  return new Worker(start, {
    eval: true,
    workerData: new URL(file, import.meta.url).href,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MB },
    // Nothing of this process's secrets and flags is any of its business.
    env: {},
    execArgv: [],
  });
}
