// One priority class of the fair queue: its tenants by counter, its entries by arrival, and whether it stands.

import type { Priority } from "../exchange.ts";
import { Chain } from "./chain.ts";
import { type Patience, StandingQueue } from "./standing-queue.ts";
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
  readonly #numbers: ClassNumbers;
  readonly #patience: Patience;
  readonly #standing: StandingQueue;
  readonly #lines = new Map<string, TenantLine<T>>();
  /** The account of all tenants for whom there was no room. */
  readonly #others: TenantLine<T>;
  readonly #aside: TenantLine<T>[] = [];
  #triedAt = Number.NEGATIVE_INFINITY;
  /** Nobody is dropped for standing before this. */
  #dropAt = Number.POSITIVE_INFINITY;

  constructor(numbers: ClassNumbers) {
    this.priority = numbers.priority;
    this.#numbers = numbers;
    this.#patience = { targetMs: numbers.targetMs, intervalMs: numbers.intervalMs };
    this.#standing = new StandingQueue(this.#patience);
    this.#others = new TenantLine<T>("(others)", new StandingQueue(this.#patience));
  }

  /** Tenants that are remembered. */
  get tenants(): number {
    return this.#lines.size;
  }

  /** Target and interval are no shorter than these from now on, milliseconds. */
  pace(targetMs: number, intervalMs: number): void {
    this.#patience.targetMs = Math.max(this.#numbers.targetMs, targetMs);
    this.#patience.intervalMs = Math.max(this.#numbers.intervalMs, intervalMs);
  }

  /** Whether it stands, as a whole or with the line of one of its tenants. Looks at each tenant that waits. */
  stands(now: number): boolean {
    return this.#standing.stands(now) || this.counter.waiting.some(({ standing }) => standing.stands(now));
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
    const line = new TenantLine<T>(tenant, new StandingQueue(this.#patience));
    line.idleSince = now;
    // Whoever is new has neither saved up nor fallen behind: what is charged before it first waits counts from here.
    line.counter = this.counter.least;
    this.#lines.set(tenant, line);
    return line;
  }

  add(entry: Waiting<T>): void {
    const { line } = entry;
    if (this.arrivals.size === 0) this.#standing.filled(entry.since);
    if (line.size === 0) this.counter.enter(line);
    line.add(entry);
    entry.inClass = this.arrivals.append(entry);
    this.#dropAt = Math.min(this.#dropAt, dropAtOf(line), this.#ownDropAt());
  }

  /** An entry of it goes: whoever is served quickly does not stand. */
  served(entry: Waiting<T>, now: number): void {
    this.#standing.relieved(now, entry.since);
    entry.line.standing.relieved(now, entry.since);
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
    if (this.arrivals.size === 0) this.#standing.emptied();
  }

  /** How the entries of one tenant follow each other: adaptive LIFO for those whose own line stands. */
  turn(line: TenantLine<T>, now: number): Turn {
    return line.standing.stands(now) ? "newest" : "earliest";
  }

  /** When the next one is dropped for standing if nothing else happens; Infinity for never. Looks at each tenant that waits. */
  dropAt(): number {
    this.#dropAt = this.#ownDropAt();
    for (const line of this.counter.waiting) this.#dropAt = Math.min(this.#dropAt, dropAtOf(line));
    return this.#dropAt;
  }

  /**
   * The entry that is to be dropped now for standing, which counts as done; undefined when there is none. First the
   * oldest of a tenant whose own line stands: that relieves the class. Where none does it is too much of many, and the
   * oldest of the tenant with the most pays.
   */
  overdue(now: number): Waiting<T> | undefined {
    if (now < this.#dropAt) return undefined;
    for (const line of this.counter.waiting) {
      const at = dropAtOf(line);
      if (at > now) continue;
      line.standing.dropped(at);
      this.#standing.filled(now);
      return line.next("oldest");
    }
    const at = this.#ownDropAt();
    if (at > now) {
      this.dropAt();
      return undefined;
    }
    this.#standing.dropped(at);
    const most = this.fullest()?.next("oldest");
    return most !== undefined && now - most.since >= this.#patience.targetMs ? most : this.arrivals.oldest;
  }

  #ownDropAt(): number {
    const { oldest, size } = this.arrivals;
    return size < 2 || oldest === undefined ? Number.POSITIVE_INFINITY : this.#standing.dropAt(oldest.since);
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
    return line.next(this.turn(line, now), closed);
  }
}

/** When the next one of a line is dropped. The last one is let wait: one is work in progress, not a queue that stands. */
function dropAtOf<T>(line: TenantLine<T>): number {
  const oldest = line.size < 2 ? undefined : line.next("oldest");
  return oldest === undefined ? Number.POSITIVE_INFINITY : line.standing.dropAt(oldest.since);
}
