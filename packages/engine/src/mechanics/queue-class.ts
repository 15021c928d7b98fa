// One priority class of the fair queue: its tenants by counter, its entries by arrival, and whether it stands.

import type { Priority } from "../exchange.ts";
import { Chain } from "./chain.ts";
import { StandingQueue } from "./standing-queue.ts";
import { TenantLine, type Turn, type Waiting } from "./tenant-line.ts";
import { VirtualCounter } from "./virtual-counter.ts";

/** A tenant that has waited for nothing this long is forgotten, unless its counter matters, milliseconds. */
const FORGET_MS = 600_000;

/** What a class must know. */
export interface ClassNumbers {
  readonly priority: Priority;
  readonly ageMs: number;
  readonly targetMs: number;
  readonly intervalMs: number;
  /** Tenants with an account of their own, at most. */
  readonly tenants: number;
}

/** The entries of one class. */
export class QueueClass<T> {
  readonly priority: Priority;
  readonly arrivals = new Chain<Waiting<T>>();
  readonly counter = new VirtualCounter<TenantLine<T>>();
  readonly standing: StandingQueue;
  readonly #numbers: ClassNumbers;
  readonly #lines = new Map<string, TenantLine<T>>();
  /** The account of all tenants for whom there was no room. */
  readonly #others = new TenantLine<T>("(others)");
  readonly #aside: TenantLine<T>[] = [];
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(numbers: ClassNumbers) {
    this.priority = numbers.priority;
    this.standing = new StandingQueue(numbers.targetMs, numbers.intervalMs);
    this.#numbers = numbers;
  }

  /** Tenants that are remembered. */
  get tenants(): number {
    return this.#lines.size;
  }

  /** Classes by which the oldest entry has moved up for its wait. */
  aged(now: number): number {
    const { oldest } = this.arrivals;
    return oldest === undefined ? 0 : Math.floor((now - oldest.since) / this.#numbers.ageMs);
  }

  /** The line of a tenant; made when there is none, or, when there are too many, the one that others share. */
  lineOf(tenant: string, now: number): TenantLine<T> {
    const known = this.#lines.get(tenant);
    if (known !== undefined) return known;
    if (this.#lines.size >= this.#numbers.tenants && now - this.#triedAt >= 1_000) this.forget(now, 0);
    if (this.#lines.size >= this.#numbers.tenants) return this.#others;
    const line = new TenantLine<T>(tenant);
    line.idleSince = now;
    // Whoever is new has neither saved up nor fallen behind: what is charged before it first waits counts from here.
    line.counter = this.counter.least;
    this.#lines.set(tenant, line);
    return line;
  }

  add(entry: Waiting<T>): void {
    const { line } = entry;
    if (this.arrivals.size === 0) this.standing.filled(entry.since);
    if (line.size === 0) this.counter.enter(line);
    line.add(entry);
    entry.inClass = this.arrivals.append(entry);
  }

  remove(entry: Waiting<T>, now: number): void {
    const { line } = entry;
    if (entry.inClass === undefined) return;
    this.arrivals.remove(entry.inClass);
    entry.inClass = undefined;
    line.remove(entry);
    if (line.size === 0) {
      this.counter.leave(line);
      line.idleSince = now;
    }
    if (this.arrivals.size === 0) this.standing.emptied();
  }

  /** How the entries of one tenant follow each other. */
  turn(now: number): Turn {
    return this.standing.stands(now) ? "newest" : "earliest";
  }

  /** The first in fair order that fits. Lanes whose first did not fit are added to `closed`, of all `lanes` that there are. */
  pick(
    now: number,
    fits: (item: T) => boolean,
    closed: Set<string>,
    lanes: ReadonlyMap<string, number>,
  ): Waiting<T> | undefined {
    const aged = this.aged(now) > 0;
    try {
      while (closed.size < lanes.size) {
        const line = this.counter.first;
        if (line === undefined) return undefined;
        for (;;) {
          const entry = this.#nextOf(line, now, aged, closed);
          if (entry === undefined) break;
          if (fits(entry.item)) return entry;
          closed.add(entry.lane);
        }
        this.counter.aside(line);
        this.#aside.push(line);
      }
      return undefined;
    } finally {
      for (let line = this.#aside.pop(); line !== undefined; line = this.#aside.pop()) this.counter.back(line);
    }
  }

  /** The tenant with the most entries for its weight. Looks at each tenant that waits. */
  fullest(): TenantLine<T> | undefined {
    let most: TenantLine<T> | undefined;
    for (const line of this.counter.waiting) {
      if (most === undefined) most = line;
      else {
        const more = line.size / line.weight - most.size / most.weight;
        if (more > 0 || (more === 0 && line.turn > most.turn)) most = line;
      }
    }
    return most;
  }

  /** Forgets tenants that have been idle for `idleMs`, except those whose counter still says something. */
  forget(now: number, idleMs = FORGET_MS): void {
    this.#triedAt = now;
    for (const [tenant, line] of this.#lines) {
      if (line.size > 0 || now - line.idleSince < idleMs) continue;
      const classIdle = this.arrivals.size === 0 && now - line.idleSince >= FORGET_MS;
      if (classIdle || !this.counter.matters(line)) this.#lines.delete(tenant);
    }
  }

  #nextOf(line: TenantLine<T>, now: number, aged: boolean, closed: ReadonlySet<string>): Waiting<T> | undefined {
    if (aged) {
      const oldest = line.next("oldest", closed);
      if (oldest !== undefined && now - oldest.since >= this.#numbers.ageMs) return oldest;
    }
    return line.next(this.turn(now), closed);
  }
}
