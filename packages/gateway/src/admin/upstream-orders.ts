// What operators set for upstreams by hand: kept in the store, the same on all instances, across reloads and restarts.

import { type Order, Orders } from "@fairlead/engine";
import type { Runtime, Timer } from "@fairlead/runtime";
import type { Json, Notices, Records } from "@fairlead/stores";
import { z } from "zod";
import type { UpstreamOrder } from "./services.ts";

/** Kind of the records, and topic of the notice that tells of a change. */
export const ORDER_KIND = "upstream-control";

/** How often the store is looked at beside the notices, milliseconds: a notice can be lost. */
const LOOK_MS = 3_000;
/** A start waits so long for the first look, milliseconds: a store that is locked or silent must not hold it up. */
const FIRST_LOOK_MS = 2_000;

const OrderRecord = z.strictObject({
  mode: z.enum(["normal", "drain", "open", "closed"]),
  weight: z.number().positive().max(1_000).optional(),
  reason: z.string().optional(),
  by: z.string(),
  at: z.number(),
  until: z.number().optional(),
  weightUntil: z.number().nullable().optional(),
});

/** Keeps the engine's orders in step with the store. While the store is down, what was known last holds. */
export class UpstreamOrders {
  /** What the engine reads. */
  readonly orders = new Orders();
  readonly #rt: Runtime;
  readonly #records: Records;
  readonly #notices: Notices;
  #known: ReadonlyMap<string, UpstreamOrder> = new Map();
  #timer: Timer | undefined;
  #stop: (() => void) | undefined;
  #closed = false;

  constructor(rt: Runtime, records: Records, notices: Notices) {
    this.#rt = rt;
    this.#records = records;
    this.#notices = notices;
  }

  /** Begins to look; resolves after the first look, whether the store answered or not, or after two seconds. */
  async start(): Promise<void> {
    this.#stop = this.#notices.subscribe(ORDER_KIND, () => void this.look());
    const first = this.look().finally(() => this.#again());
    let timer: Timer | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#rt.clock.timer(FIRST_LOOK_MS, resolve);
    });
    await Promise.race([first, late]);
    timer?.cancel();
  }

  of(name: string): UpstreamOrder | undefined {
    const order = this.#known.get(name);
    if (order === undefined) return undefined;
    const now = this.#rt.clock.wall();
    const { until, weightUntil = until } = order;
    const weightOver = (weightUntil ?? Number.POSITIVE_INFINITY) <= now;
    if ((until ?? Number.POSITIVE_INFINITY) > now) {
      return weightOver ? { ...order, weight: undefined, weightUntil: undefined } : order;
    }
    return weightOver
      ? undefined
      : { ...order, mode: "normal", until: weightUntil ?? undefined, weightUntil: undefined };
  }

  /** Sets or takes back an order, on all instances. Rejects with a StoreError. */
  async set(name: string, order: UpstreamOrder | undefined): Promise<void> {
    const value = order === undefined ? undefined : (JSON.parse(JSON.stringify(order)) as Json);
    const { until, weightUntil = until } = order ?? {};
    const expiresAt = until === undefined || weightUntil == null ? undefined : Math.max(until, weightUntil);
    await this.#records.write([{ kind: ORDER_KIND, id: name, value, expect: "any", expiresAt }]);
    await this.look();
    await this.#notices.publish(ORDER_KIND, name).catch(() => {});
  }

  /** Reads the store now. */
  async look(): Promise<void> {
    if (this.#closed) return;
    try {
      const found = await this.#records.list(ORDER_KIND);
      const known = new Map<string, UpstreamOrder>();
      for (const { id, value } of found) {
        const read = OrderRecord.safeParse(value);
        if (read.success) known.set(id, { weight: undefined, reason: undefined, until: undefined, ...read.data });
      }
      this.#known = known;
    } catch {
      // What was known last holds.
    }
    this.#apply();
  }

  close(): void {
    this.#closed = true;
    this.#stop?.();
    this.#timer?.cancel();
  }

  #apply(): void {
    const orders = new Map<string, Order>();
    for (const name of this.#known.keys()) {
      const order = this.of(name);
      if (order !== undefined) orders.set(name, { mode: order.mode, weight: order.weight, why: wordsOf(order) });
    }
    this.orders.replace(orders);
  }

  #again(): void {
    if (this.#closed) return;
    this.#timer = this.#rt.clock.timer(LOOK_MS, () => void this.look().finally(() => this.#again()));
  }
}

/** Callers are told it: no names of people. */
function wordsOf({ mode, reason }: UpstreamOrder): string {
  const what = mode === "drain" ? "drained by hand" : mode === "open" ? "shut by hand" : `set to ${mode} by hand`;
  return reason === undefined ? what : `${what}: ${reason}`;
}
