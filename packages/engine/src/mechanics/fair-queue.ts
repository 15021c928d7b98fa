// The fair queue: who goes next when not all can go, and who is told at once that it will not be.

import { PRIORITIES, type Priority } from "../exchange.ts";
import { ClassFloors } from "./class-floors.ts";
import { DispatchRate } from "./dispatch-rate.ts";
import { Heap } from "./heap.ts";
import { QueueClass } from "./queue-class.ts";
import { NO_DEADLINE_MS, QUEUE_NUMBERS, type QueueNumbers } from "./queue-numbers.ts";
import type { Asking, ClassSnapshot, Dropped, Pushed } from "./queue-surface.ts";
import { StandingQueue } from "./standing-queue.ts";
import { type Entry, TenantLine, type Waiting } from "./tenant-line.ts";

export { QUEUE_NUMBERS, type QueueNumbers } from "./queue-numbers.ts";
export type { Asking, ClassSnapshot, Dropped, Pushed } from "./queue-surface.ts";
export type { Entry } from "./tenant-line.ts";

/** How often idle tenants are looked for, milliseconds. */
const FORGET_EVERY_MS = 60_000;

/**
 * Bounded, fair, and honest about who will not be served. Between classes: whoever is behind its floor, then the more
 * urgent, a class moving up with the wait of its oldest. Between the tenants of a class: least served first (Virtual
 * Token Counter). Inside a tenant: earliest deadline, then arrival; where its line stands, newest first (adaptive LIFO,
 * Maurer, "Fail at Scale", ACM Queue 2015) while CoDel drops its oldest; others of its class notice nothing of it. A class that moved up
 * by age serves the tenant's oldest first. Pure: `now` is monotonic milliseconds and must not go back; nothing is called back but `fits`, which
 * must not touch the queue. push and take are O(log n) while the first one fits; each lane that does not fit adds one
 * call of `fits`. Call `sweep` when `nextSweepMs` says: whoever is dropped, in push and take too, is told by it.
 */
export class FairQueue<T> {
  /** May be changed at any time; whoever waits already is not dropped for it. */
  capacity: number;
  readonly #numbers: QueueNumbers;
  readonly #classes: ReadonlyArray<QueueClass<T>>;
  readonly #floors: ClassFloors;
  readonly #resumed = new TenantLine<T>(
    "(resumed)",
    new StandingQueue({ targetMs: 0, intervalMs: Number.POSITIVE_INFINITY }),
  );
  readonly #leaving = new Heap<Waiting<T>>(
    1,
    (a, b) => a.leaveAt < b.leaveAt || (a.leaveAt === b.leaveAt && a.arrival < b.arrival),
  );
  readonly #lanes = new Map<string, number>();
  readonly #rate = new DispatchRate();
  readonly #waits: boolean[] = [];
  readonly #ranks: number[] = [];
  readonly #order: number[] = [];
  readonly #closed = new Set<string>();
  #dropped: Dropped<T>[] = [];
  #arrivals = 0;
  #forgotAt = 0;

  constructor(numbers: Partial<QueueNumbers> = {}) {
    this.#numbers = { ...QUEUE_NUMBERS, ...numbers };
    const { maxWaitMs, floors, ageMs, targetMs, intervalMs, tenants } = this.#numbers;
    this.capacity = this.#numbers.capacity;
    this.#floors = new ClassFloors(PRIORITIES.map((one) => floors[one]));
    this.#classes = PRIORITIES.map((priority) => {
      const longer = Math.max(1, maxWaitMs[priority] / maxWaitMs.interactive);
      const scale = Number.isFinite(longer) ? longer : NO_DEADLINE_MS / intervalMs;
      return new QueueClass<T>({
        priority,
        ageMs,
        targetMs: targetMs * scale,
        intervalMs: intervalMs * scale,
        tenants,
      });
    });
  }

  /**
   * Tells how long an answer takes, milliseconds: a queue in front of slow answers moves slowly and does not stand for it,
   * so that target and interval are no shorter than half of that and twice of it.
   */
  pace(durationMs: number): void {
    for (const one of this.#classes) one.pace(durationMs / 2, durationMs * 2);
  }

  /** Entries that wait. */
  get size(): number {
    return this.#leaving.items.length;
  }

  /** Lanes in which somebody waits. */
  get lanes(): number {
    return this.#lanes.size;
  }

  /** Asks for a turn. */
  push(asking: Asking<T>, now: number): Pushed<T> {
    this.#expire(now);
    const at = PRIORITIES.indexOf(asking.priority);
    const own = this.#classes[at] as QueueClass<T>;
    const resumed = asking.resumed === true;
    const reachableUntil = asking.deadline - (asking.serviceMs ?? 0);
    if (reachableUntil <= now) return { refused: "deadline" };
    const line = resumed ? this.#resumed : own.lineOf(asking.tenant, now);
    let displaced: Waiting<T> | undefined;
    if (this.size >= this.capacity) {
      displaced = this.#lessEntitled(at, line, asking.weight ?? 1, resumed);
      if (displaced === undefined) return { refused: "full" };
      this.#remove(displaced, now);
    }
    if (asking.weight !== undefined && !resumed) line.weight = asking.weight;
    const waitedOut = now + Math.max(this.#numbers.maxWaitMs[asking.priority], asking.waitMs ?? 0);
    const entry: Waiting<T> = {
      item: asking.item,
      priority: asking.priority,
      tenant: asking.tenant,
      lane: asking.lane,
      cost: asking.cost > 1 ? asking.cost : 1,
      resumed,
      since: now,
      arrival: this.#arrivals++,
      due: Math.min(asking.deadline, now + NO_DEADLINE_MS),
      leaveAt: Math.min(reachableUntil, waitedOut),
      leaveWhy: reachableUntil < waitedOut ? "deadline" : "max_wait",
      places: [],
      line,
      inLane: undefined,
      inClass: undefined,
    };
    if (this.size === 0) this.#rate.filled(now);
    if (resumed) line.add(entry);
    else own.add(entry);
    this.#leaving.push(entry);
    this.#lanes.set(entry.lane, (this.#lanes.get(entry.lane) ?? 0) + 1);
    return { ticket: entry, displaced };
  }

  /** Gives the turn to the first in fair order that fits now, and charges its cost. */
  take(now: number, fits: (item: T) => boolean): Entry<T> | undefined {
    this.#expire(now);
    if (this.size === 0) return undefined;
    this.#closed.clear();
    const entry = this.#first(now, fits);
    if (entry === undefined) return undefined;
    if (!entry.resumed) {
      const at = PRIORITIES.indexOf(entry.priority);
      const own = this.#classes[at] as QueueClass<T>;
      own.counter.charge(entry.line, entry.cost);
      own.served(entry, now);
      this.#served(at, entry.cost);
    }
    if (entry.since < now || this.size > 1) this.#rate.dispatched(now);
    this.#remove(entry, now);
    return entry;
  }

  /** One went without waiting, because nobody waited: charged as if it had been pushed and taken at once. */
  passed(priority: Priority, tenant: string, cost: number, now: number): void {
    const at = PRIORITIES.indexOf(priority);
    const own = this.#classes[at] as QueueClass<T>;
    const line = own.lineOf(tenant, now);
    if (line.size > 0) own.counter.charge(line, cost);
    else {
      own.counter.enter(line);
      own.counter.charge(line, cost);
      own.counter.leave(line);
      line.idleSince = now;
    }
    this.#served(at, cost);
  }

  /** The entry leaves unserved. False when it has left before. */
  leave(ticket: Entry<T>, now: number): boolean {
    const entry = ticket as Waiting<T>;
    if (!this.#leaving.has(entry)) return false;
    this.#remove(entry, now);
    return true;
  }

  /** What was taken cost so much more than was charged so far; below zero: less. */
  charge(priority: Priority, tenant: string, cost: number, now: number): void {
    if (cost === 0) return;
    const at = PRIORITIES.indexOf(priority);
    const own = this.#classes[at] as QueueClass<T>;
    own.counter.charge(own.lineOf(tenant, now), cost);
    this.#served(at, cost);
  }

  /** Everybody who was dropped since the last call, each with the reason. */
  sweep(now: number): readonly Dropped<T>[] {
    this.#expire(now);
    if (now - this.#forgotAt >= FORGET_EVERY_MS) {
      this.#forgotAt = now;
      for (const one of this.#classes) one.forget(now);
    }
    const dropped = this.#dropped;
    if (dropped.length > 0) this.#dropped = [];
    return dropped;
  }

  /** When `sweep` has something to tell if nothing else happens, milliseconds from now; Infinity for never. */
  nextSweepMs(now: number): number {
    if (this.#dropped.length > 0) return 0;
    let at = this.#leaving.first?.leaveAt ?? Number.POSITIVE_INFINITY;
    for (const one of this.#classes) if (one.arrivals.size > 1) at = Math.min(at, one.dropAt());
    // A whole millisecond at least: a sum of fractions can miss its own moment and would be waited for over and over.
    return at <= now ? 0 : Math.max(1, at - now);
  }

  /**
   * About how many go before this entry; undefined once it has left. An estimate: exact inside its tenant, and beside it
   * tenants are taken to go in turn and classes by urgency and floor, all costs being alike and nobody else coming.
   */
  placeOf(ticket: Entry<T>, now: number): number | undefined {
    const entry = ticket as Waiting<T>;
    if (!this.#leaving.has(entry)) return undefined;
    if (entry.resumed) return this.#resumed.ahead(entry, "earliest");
    const at = PRIORITIES.indexOf(entry.priority);
    const own = this.#classes[at] as QueueClass<T>;
    const inLine = entry.line.ahead(entry, own.turn(entry.line, now));
    let before = inLine;
    for (const line of own.counter.waiting) {
      if (line === entry.line) continue;
      const first =
        line.counter < entry.line.counter || (line.counter === entry.line.counter && line.turn < entry.line.turn);
      before += Math.min(line.size, inLine + (first ? 1 : 0));
    }
    let above = 0;
    for (let i = 0; i < at; i++) above += this.#waiting(i);
    const floor = this.#numbers.floors[entry.priority];
    const atFloor = floor > 0 ? Math.ceil((before + 1) / floor) - 1 : Number.POSITIVE_INFINITY;
    return this.#resumed.size + Math.min(before + above, Math.max(before, atFloor));
  }

  /** How long until one with so many before it goes, by the rate measured while others waited; undefined when none was. */
  expectedWaitMs(place: number, now: number): number | undefined {
    const rate = this.#rate.at(now);
    return rate === undefined ? undefined : (place + 1) / rate;
  }

  /** The classes as they stand, most urgent first. */
  snapshot(now: number): readonly ClassSnapshot[] {
    return this.#classes.map((own, at) => ({
      priority: own.priority,
      waiting: own.arrivals.size,
      oldestMs: own.arrivals.oldest === undefined ? 0 : now - own.arrivals.oldest.since,
      stands: own.stands(now),
      owed: this.#floors.credit(at),
      tenants: own.counter.waiting
        .map((line) => ({
          tenant: line.tenant,
          waiting: line.size,
          ahead: line.counter - (own.counter.first?.counter ?? 0),
        }))
        .sort((a, b) => a.ahead - b.ahead || (a.tenant < b.tenant ? -1 : 1)),
    }));
  }

  #waiting(at: number): number {
    return (this.#classes[at] as QueueClass<T>).arrivals.size;
  }

  #served(at: number, cost: number): void {
    for (let i = 0; i < this.#classes.length; i++) this.#waits[i] = this.#waiting(i) > 0;
    this.#floors.served(at, cost, this.#waits);
  }

  #first(now: number, fits: (item: T) => boolean): Waiting<T> | undefined {
    for (;;) {
      const entry = this.#resumed.next("earliest", this.#closed);
      if (entry === undefined) break;
      if (fits(entry.item)) return entry;
      this.#closed.add(entry.lane);
    }
    for (const at of this.#inOrder(now)) {
      const entry = (this.#classes[at] as QueueClass<T>).pick(now, fits, this.#closed, this.#lanes);
      if (entry !== undefined) return entry;
    }
    return undefined;
  }

  /** The classes that have somebody waiting, whoever goes first first. */
  #inOrder(now: number): readonly number[] {
    const order = this.#order;
    order.length = 0;
    for (let at = 0; at < this.#classes.length; at++) {
      if (this.#waiting(at) === 0) continue;
      this.#ranks[at] = this.#floors.owed(at) ? -1 : Math.max(0, at - (this.#classes[at] as QueueClass<T>).aged(now));
      let place = order.length;
      while (place > 0 && this.#precedes(at, order[place - 1] as number)) {
        order[place] = order[place - 1] as number;
        place -= 1;
      }
      order[place] = at;
    }
    return order;
  }

  /** Whether class `a` goes before the more urgent class `b`. */
  #precedes(a: number, b: number): boolean {
    const rank = this.#ranks[a] as number;
    const other = this.#ranks[b] as number;
    if (rank !== other) return rank < other;
    return rank >= 0 && this.#floors.standing(a) > this.#floors.standing(b);
  }

  /** Places that a class may always fill. */
  #reserved(at: number): number {
    return Math.floor(this.#numbers.floors[PRIORITIES[at] as Priority] * this.capacity);
  }

  /**
   * Who makes room for a newcomer of class `at`: the youngest of the fullest tenant in the least urgent class, if that
   * class is less urgent or the newcomer's has not filled its own share of the places; never from within a class's own
   * share. Else the youngest of the fullest tenant of the same class, if it has more than the newcomer's would then have.
   * A resumed one takes a place from anybody who has not had a turn.
   */
  #lessEntitled(at: number, line: TenantLine<T>, weight: number, resumed: boolean): Waiting<T> | undefined {
    const within = this.#waiting(at) < this.#reserved(at);
    for (let i = this.#classes.length - 1; i >= 0; i--) {
      const may = resumed || i > at || (within && i !== at);
      if (may && this.#waiting(i) > this.#reserved(i)) return this.#classes[i]?.fullest()?.next("newest");
    }
    if (resumed) {
      const last = this.#classes.findLast(({ arrivals }) => arrivals.size > 0);
      return last?.fullest()?.next("newest");
    }
    const fullest = this.#classes[at]?.fullest();
    if (fullest === undefined || fullest === line) return undefined;
    return (fullest.size - 1) / fullest.weight >= (line.size + 1) / weight ? fullest.next("newest") : undefined;
  }

  #expire(now: number): void {
    for (;;) {
      const entry = this.#leaving.first;
      if (entry === undefined || entry.leaveAt > now) break;
      this.#drop(entry, entry.leaveWhy, now);
    }
    for (const own of this.#classes) {
      for (let entry = own.overdue(now); entry !== undefined; entry = own.overdue(now)) {
        this.#drop(entry, "overload", now);
      }
    }
  }

  #drop(entry: Waiting<T>, why: Dropped<T>["why"], now: number): void {
    this.#remove(entry, now);
    this.#dropped.push({ entry, why });
  }

  #remove(entry: Waiting<T>, now: number): void {
    this.#leaving.remove(entry);
    const lane = (this.#lanes.get(entry.lane) ?? 1) - 1;
    if (lane === 0) this.#lanes.delete(entry.lane);
    else this.#lanes.set(entry.lane, lane);
    if (entry.resumed) entry.line.remove(entry);
    else {
      const at = PRIORITIES.indexOf(entry.priority);
      const own = this.#classes[at] as QueueClass<T>;
      own.remove(entry, now);
      if (own.arrivals.size === 0) this.#floors.emptied(at);
    }
    if (this.size === 0) this.#rate.emptied(now);
  }
}
