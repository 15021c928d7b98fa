// Waits for Ctrl-C or SIGTERM, lets what runs come to its end, and gives in to a second one.

import { constants } from "node:os";

/** How a wait for the end went. */
export interface Stopping {
  /** Called once at the first signal; what it returns is waited for. */
  readonly drain: (signal: NodeJS.Signals) => Promise<void>;
  /** Called at the second signal, for those who cannot wait. */
  readonly force: () => Promise<void>;
}

/** Resolves with the exit code: 0 after a whole drain, 128 and the signal's number when a second signal cut it short. */
export function untilStopped(stopping: Stopping): Promise<number> {
  return new Promise((resolve, reject) => {
    let draining = false;
    const end = (code: number) => {
      process.off("SIGINT", take);
      process.off("SIGTERM", take);
      resolve(code);
    };
    const take = (signal: NodeJS.Signals) => {
      if (draining) {
        stopping.force().then(() => end(128 + (constants.signals[signal] ?? 0)), reject);
        return;
      }
      draining = true;
      stopping.drain(signal).then(() => end(0), reject);
    };
    process.on("SIGINT", take);
    process.on("SIGTERM", take);
  });
}
