// The way to the thread that holds the SQLite file: questions and answers, and a new thread when it dies.

import { Worker } from "node:worker_threads";
import type { Clock, Timer } from "@fairlead/runtime";
import { StoreError } from "../store-error.ts";
import type { SqliteAnswer, SqliteCall, SqliteMethod, SqliteSetup } from "./worker.ts";

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: StoreError) => void;
  readonly timer: Timer;
}

/** Asks the thread; rejects with StoreError `unavailable` when it dies or is late. It is started by the first question. */
export class SqliteThread {
  readonly #file: string;
  readonly #clock: Clock;
  readonly #busyMs: number;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #next = 0;
  #closed = false;

  /** @param timeoutMs longest wait for an answer, those before it in the queue included */
  constructor(file: string, clock: Clock, busyMs: number, timeoutMs: number) {
    this.#file = file;
    this.#clock = clock;
    this.#busyMs = busyMs;
    this.#timeoutMs = timeoutMs;
  }

  ask<T>(method: SqliteMethod, ...args: readonly unknown[]): Promise<T> {
    if (this.#closed) return Promise.reject(new StoreError("unavailable", `sqlite store ${this.#file} was closed`));
    return this.#post<T>(method, args);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    await this.#post("close", []).catch(() => {});
    this.#worker = undefined;
    await worker.terminate().catch(() => {});
    this.#fail(worker, "it was closed");
  }

  #post<T>(method: SqliteMethod, args: readonly unknown[]): Promise<T> {
    const worker = this.#worker ?? this.#start();
    const call: SqliteCall = { id: ++this.#next, method, now: this.#clock.wall(), args };
    return new Promise<T>((resolve, reject) => {
      const timer = this.#clock.timer(this.#timeoutMs, () => {
        this.#settle(call.id)?.reject(
          new StoreError(
            "unavailable",
            `sqlite store ${this.#file} gave no answer within ${this.#timeoutMs} ms: see whether its disk is slow or another process holds it`,
          ),
        );
      });
      this.#waiting.set(call.id, { resolve, reject, timer });
      worker.ref();
      worker.postMessage(call);
    });
  }

  #start(): Worker {
    const setup: SqliteSetup = { file: this.#file, busyMs: this.#busyMs, now: this.#clock.wall() };
    const entry = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
    const worker = new Worker(new URL(entry, import.meta.url), {
      workerData: setup,
      execArgv: [],
      name: "fairlead-sqlite",
    });
    this.#worker = worker;
    worker.unref();
    worker.on("message", (answer: SqliteAnswer) => {
      const waiting = this.#settle(answer.id);
      if (waiting === undefined) return;
      if ("error" in answer) waiting.reject(new StoreError(answer.error.code, answer.error.message));
      else waiting.resolve(answer.value as never);
    });
    worker.on("error", (error) => this.#fail(worker, error.message));
    worker.on("exit", () => this.#fail(worker, "its thread ended"));
    return worker;
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    if (this.#waiting.size === 0) this.#worker?.unref();
    return waiting;
  }

  #fail(worker: Worker, why: string): void {
    if (this.#worker !== worker && this.#worker !== undefined) return;
    this.#worker = undefined;
    for (const id of [...this.#waiting.keys()]) {
      this.#settle(id)?.reject(
        new StoreError("unavailable", `sqlite store ${this.#file}: ${why}; the next call starts it again`),
      );
    }
  }
}
