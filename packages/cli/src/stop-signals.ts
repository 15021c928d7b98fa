// Waits for Ctrl-C or SIGTERM, lets what runs come to its end, and gives in to a second one.

import { constants } from "node:os";

/** How a wait for the end went. */
export interface Stopping {
  /** Called once at the first signal; may resolve with how many requests had to be cut. */
  readonly drain: () => Promise<unknown>;
  /** Called at the second signal, for those who cannot wait. */
  readonly force: () => Promise<void>;
}

/** Resolves with the exit code: 0 after a whole drain, 1 when requests were cut, 128 and the signal's number after a second signal. */
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
      stopping.drain().then((cut) => end(typeof cut === "number" && cut > 0 ? 1 : 0), reject);
    };
    process.on("SIGINT", take);
    process.on("SIGTERM", take);
  });
}
