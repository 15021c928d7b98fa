// A cancellation signal: one per request, cheap enough for every attempt, bridged to AbortSignal at the edges.

import type { Clock } from "./clock.ts";

/** Something that may be called off, once, with a reason. */
export class Signal {
  #reason: string | undefined;
  #listeners: Array<((reason: string) => void) | undefined> | undefined;

  /** Why it was called off, or undefined while it was not. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** True once it was called off. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  /** Calls everything off. Only the first call counts. */
  abort(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener?.(reason);
  }

  /** Calls `run` when called off, at once if that has happened. Returns the way to stop listening. */
  onAbort(run: (reason: string) => void): () => void {
    if (this.#reason !== undefined) {
      run(this.#reason);
      return () => {};
    }
    this.#listeners ??= [];
    const listeners = this.#listeners;
    const slot = listeners.push(run) - 1;
    return () => {
      listeners[slot] = undefined;
      while (listeners.length > 0 && listeners[listeners.length - 1] === undefined) listeners.pop();
    };
  }
}

/** A Signal that follows an AbortSignal. */
export function fromAbortSignal(source: AbortSignal | null | undefined): Signal {
  const signal = new Signal();
  if (source === null || source === undefined) return signal;
  if (source.aborted) signal.abort("aborted by the caller");
  else source.addEventListener("abort", () => signal.abort("aborted by the caller"), { once: true });
  return signal;
}

/** Waits `ms` milliseconds of the clock's time; resolves false, at once, when the signal is called off before. */
export function pause(clock: Clock, ms: number, signal: Signal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(false);
      return;
    }
    const timer = clock.timer(ms, () => {
      stop();
      resolve(true);
    });
    const stop = signal.onAbort(() => {
      timer.cancel();
      resolve(false);
    });
  });
}
