// One tenant's entries in one class: by lane, and in each lane by deadline and by arrival.

import type { Priority } from "../exchange.ts";
import { Chain, type Link } from "./chain.ts";
import { Heap } from "./heap.ts";
import type { StandingQueue } from "./standing-queue.ts";
import type { Account } from "./virtual-counter.ts";

/** Somebody who waits in a FairQueue. */
export interface Entry<T> {
  readonly item: T;
  readonly priority: Priority;
  readonly tenant: string;
  readonly lane: string;
  /** Expected cost, in input tokens. */
  readonly cost: number;
  readonly resumed: boolean;
  /** When it came, monotonic milliseconds. */
  readonly since: number;
}

/** An entry as the queue holds it. */
export interface Waiting<T> extends Entry<T> {
  /** Position in arrival order; unique. */
  readonly arrival: number;
  /** Key of the order within a tenant, milliseconds. */
  readonly due: number;
  /** When it is dropped if it has not gone by then, milliseconds. */
  readonly leaveAt: number;
  readonly leaveWhy: "deadline" | "max_wait";
  readonly places: number[];
  readonly line: TenantLine<T>;
  inLane: Link<Waiting<T>> | undefined;
  inClass: Link<Waiting<T>> | undefined;
}

/** Which of a tenant's entries goes first. */
export type Turn = "earliest" | "newest" | "oldest";

interface Lane<T> {
  readonly byDue: Heap<Waiting<T>>;
  readonly arrivals: Chain<Waiting<T>>;
}

/** Empty lanes are kept up to this number, so that a lane is not made again for each request. */
const KEPT_LANES = 4;

/** A tenant's entries in one class, with its account. */
export class TenantLine<T> implements Account {
  readonly tenant: string;
  readonly standing: StandingQueue;
  readonly places: number[] = [];
  counter = 0;
  weight = 1;
  turn = 0;
  /** Since when nobody of it waits, monotonic milliseconds. */
  idleSince = 0;
  readonly #lanes = new Map<string, Lane<T>>();
  #size = 0;

  constructor(tenant: string, standing: StandingQueue) {
    this.tenant = tenant;
    this.standing = standing;
  }

  get size(): number {
    return this.#size;
  }

  add(entry: Waiting<T>): void {
    let lane = this.#lanes.get(entry.lane);
    if (lane === undefined) {
      lane = { byDue: new Heap<Waiting<T>>(0, earlier), arrivals: new Chain() };
      this.#lanes.set(entry.lane, lane);
    }
    if (this.#size === 0) this.standing.filled(entry.since);
    lane.byDue.push(entry);
    entry.inLane = lane.arrivals.append(entry);
    this.#size += 1;
  }

  remove(entry: Waiting<T>): void {
    const lane = this.#lanes.get(entry.lane);
    if (lane === undefined || entry.inLane === undefined) return;
    lane.byDue.remove(entry);
    lane.arrivals.remove(entry.inLane);
    entry.inLane = undefined;
    this.#size -= 1;
    if (this.#size === 0) this.standing.emptied();
    if (lane.arrivals.size === 0 && this.#lanes.size > KEPT_LANES) this.#lanes.delete(entry.lane);
  }

  /** The one that goes first, of the lanes that are not closed. */
  next(turn: Turn, closed?: ReadonlySet<string>): Waiting<T> | undefined {
    let best: Waiting<T> | undefined;
    for (const [name, lane] of this.#lanes) {
      if (closed?.has(name) === true) continue;
      const one =
        turn === "earliest" ? lane.byDue.first : turn === "newest" ? lane.arrivals.newest : lane.arrivals.oldest;
      if (one !== undefined && (best === undefined || goesBefore(turn, one, best))) best = one;
    }
    return best;
  }

  /** How many of this line go before an entry of it. Looks at each. */
  ahead(entry: Waiting<T>, turn: Turn): number {
    let ahead = 0;
    for (const lane of this.#lanes.values()) {
      for (const other of lane.byDue.items) if (other !== entry && goesBefore(turn, other, entry)) ahead += 1;
    }
    return ahead;
  }
}

function goesBefore<T>(turn: Turn, a: Waiting<T>, b: Waiting<T>): boolean {
  if (turn === "earliest") return earlier(a, b);
  return turn === "newest" ? a.arrival > b.arrival : a.arrival < b.arrival;
}

function earlier<T>(a: Waiting<T>, b: Waiting<T>): boolean {
  return a.due < b.due || (a.due === b.due && a.arrival < b.arrival);
}
