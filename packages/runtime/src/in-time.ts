// Answers that are waited for only so long.

import type { Clock } from "./clock.ts";

/** Long enough for what has arrived to be read, milliseconds. */
const TURN_MS = 2;

/** What was said in time; `late`: nothing was; `refused`: it failed in time. */
export type InTime<T> = { readonly said: T } | "late" | "refused";

/**
 * Waits for an answer for at most `patienceMs` milliseconds. When this process was held up itself, the answer may lie there
 * unread: it gets another turn of the loop (2 ms). Never rejects; an answer that comes later is nobody's any more.
 */
export function inTime<T>(clock: Clock, answer: Promise<T>, patienceMs: number): Promise<InTime<T>> {
  return new Promise((resolve) => {
    let timer = clock.timer(patienceMs, () => {
      timer = clock.timer(TURN_MS, () => resolve("late"));
    });
    const over = (what: InTime<T>) => {
      timer.cancel();
      resolve(what);
    };
    answer.then(
      (said) => over({ said }),
      () => over("refused"),
    );
  });
}
