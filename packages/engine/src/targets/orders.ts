// Orders: how somebody who runs this wants a target to be used, whatever its circuits say.

import type { Target } from "./target.ts";
import type { Unfit } from "./unfit.ts";

/** One order. */
export interface Order {
  /**
   * `normal`: as its circuits say. `drain`: no new work but what cannot go elsewhere. `open`: nothing. `closed`: in use
   * though circuits are open or its account is parked; a rate limit that the upstream told is still kept.
   */
  readonly mode: "normal" | "drain" | "open" | "closed";
  /** In place of the configured one, above 0. */
  readonly weight?: number | undefined;
  /** For people. */
  readonly why: string;
}

/** How soon a caller may ask again where somebody took a target out: nobody knows when it comes back, milliseconds. */
const ASK_AGAIN_MS = 30_000;

/** The orders that are in force, by name of target. Requests read them at the moment they choose. */
export class Orders {
  #byName: ReadonlyMap<string, Order> = new Map();

  /** Replaces all of them at once. */
  replace(orders: ReadonlyMap<string, Order>): void {
    this.#byName = new Map(orders);
  }

  of(target: Target): Order | undefined {
    return this.#byName.size === 0 ? undefined : this.#byName.get(target.name);
  }

  /** What keeps a target from being used by order; undefined when nothing does. */
  against(target: Target): Unfit | undefined {
    const order = this.of(target);
    if (order?.mode === "drain") return { waitMs: ASK_AGAIN_MS, kind: "drained", why: order.why };
    if (order?.mode === "open") return { waitMs: ASK_AGAIN_MS, kind: "shut", why: order.why };
    return undefined;
  }

  /** Whether it is used by order, whatever its circuits say. */
  forced(target: Target): boolean {
    return this.of(target)?.mode === "closed";
  }

  weight(target: Target): number {
    return this.of(target)?.weight ?? target.weight ?? 1;
  }
}
