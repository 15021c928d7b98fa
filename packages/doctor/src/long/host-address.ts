// The addresses of a host besides the target, looked up as programs do.

import { lookup } from "node:dns/promises";
import type { Clock } from "@fairlead/runtime";

/** Longest wait, milliseconds. */
const LOOKUP_MS = 3_000;

/** At most two addresses, in the system's order; none when there is no answer in time. */
export function addressesOf(clock: Clock, host: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const timer = clock.timer(LOOKUP_MS, () => resolve([]));
    lookup(host, { all: true })
      .then(
        (found) => resolve(found.slice(0, 2).map(({ address }) => address)),
        () => resolve([]),
      )
      .finally(() => timer.cancel());
  });
}
