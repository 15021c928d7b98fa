// Brute force on the admin address is slowed: wrong credentials are counted by the address that they come from.

import type { Clock } from "@fairlead/runtime";

/** Wrong credentials that are free, as a person mistypes. */
const FREE = 5;
/** The first wait, doubled with each further failure, milliseconds; and the longest. */
const BASE_MS = 1_000;
const MAX_MS = 60_000;
/** After this long without a failure all is forgotten, milliseconds. */
const FORGET_MS = 900_000;
/** Addresses remembered: whoever owns a large network must not fill the memory. */
const ADDRESSES = 10_000;

interface Row {
  count: number;
  newestAt: number;
  until: number;
}

/** Counts failures. Times are monotonic milliseconds. */
export class Failures {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long this address must wait before a credential of it is looked at, milliseconds; 0 when it need not. */
  waitMs(address: string): number {
    const row = this.#rows.get(network(address));
    return row === undefined ? 0 : Math.max(0, row.until - this.#clock.now());
  }

  /** A wrong credential came from there. */
  failed(address: string): void {
    const key = network(address);
    const now = this.#clock.now();
    let row = this.#rows.get(key);
    if (row === undefined || now - row.newestAt > FORGET_MS) row = { count: 0, newestAt: now, until: 0 };
    row.count += 1;
    row.newestAt = now;
    if (row.count > FREE) row.until = now + Math.min(MAX_MS, BASE_MS * 2 ** (row.count - FREE - 1));
    // Again at the end: the address that failed least recently is forgotten first.
    this.#rows.delete(key);
    this.#rows.set(key, row);
    const oldest = this.#rows.keys().next().value;
    if (this.#rows.size > ADDRESSES && oldest !== undefined) this.#rows.delete(oldest);
  }

  /** A good one came: the address is who it says. */
  passed(address: string): void {
    this.#rows.delete(network(address));
  }
}

/** An IPv6 host has its /64 to itself (RFC 6177), and would otherwise have as many tries as it has addresses. */
function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill("0"), ...back].slice(0, 4).join(":");
}
