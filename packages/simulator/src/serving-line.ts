// Who is served in a region and who waits for that: so many at once, a line behind them, in the order of arrival.

import type { Exchange } from "./exchange.ts";
import type { RegionSettings } from "./region-options.ts";

interface Waiting {
  /** Told true when it is served, false when it left before. */
  readonly settle: (served: boolean) => void;
}

/** The places of one region. */
export class ServingLine {
  readonly #settings: () => RegionSettings;
  readonly #waiting: Waiting[] = [];
  /** Served now, those whose client has left and who are served all the same included. */
  serving = 0;

  constructor(settings: () => RegionSettings) {
    this.#settings = settings;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Takes a place, waiting for it where that is allowed. `full`: there is neither a place nor room to wait. False: the
   * client left before, and nothing was taken. After true `leave` must follow.
   */
  enter(exchange: Exchange): Promise<boolean | "full"> {
    const { capacity, queue, abandoned } = this.#settings();
    if (this.serving < capacity && this.#waiting.length === 0) {
      this.serving += 1;
      return Promise.resolve(true);
    }
    if (this.#waiting.length >= queue) return Promise.resolve("full");
    return new Promise((resolve) => {
      const one: Waiting = {
        settle: (served) => {
          stop();
          resolve(served);
        },
      };
      this.#waiting.push(one);
      const stop = exchange.onOver(() => {
        if (abandoned === "serve") return;
        const at = this.#waiting.indexOf(one);
        if (at >= 0) this.#waiting.splice(at, 1);
        one.settle(false);
      });
    });
  }

  /** Gives a place back. */
  leave(): void {
    this.serving -= 1;
    this.fill();
  }

  /** Serves those for whom there is a place now: after one was given back, or the settings have changed. */
  fill(): void {
    while (this.serving < this.#settings().capacity) {
      const one = this.#waiting.shift();
      if (one === undefined) return;
      this.serving += 1;
      one.settle(true);
    }
  }
}
