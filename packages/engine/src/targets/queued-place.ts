// The place of one request in the queue, as it is when somebody asks: keeping all of them up to date would cost far more.

import type { Clock } from "@fairlead/runtime";
import type { Entry, FairQueue } from "../mechanics/fair-queue.ts";

/** A place in the queue. Worked out at each reading. */
export class QueuedPlace {
  readonly #queue: Pick<FairQueue<unknown>, "placeOf" | "expectedWaitMs">;
  readonly #ticket: Entry<unknown>;
  readonly #clock: Clock;

  constructor(queue: Pick<FairQueue<unknown>, "placeOf" | "expectedWaitMs">, ticket: Entry<unknown>, clock: Clock) {
    this.#queue = queue;
    this.#ticket = ticket;
    this.#clock = clock;
  }

  /** About how many go before it; 0 for the next, and once it has left. */
  get place(): number {
    return this.#queue.placeOf(this.#ticket, this.#clock.now()) ?? 0;
  }

  /** About how long until its turn, milliseconds; undefined while no rate was measured. */
  get waitMs(): number | undefined {
    const ms = this.#queue.expectedWaitMs(this.place, this.#clock.now());
    return ms === undefined ? undefined : Math.round(ms);
  }
}
