// Brute force on the admin address is slowed: wrong credentials are counted by the address that they come from.

import type { Clock } from "@fairlead/runtime";
import { digestOf } from "../../identity/secret-text.ts";

/** Wrong credentials that are free, as a person mistypes. */
const FREE = 5;
/** The first wait, doubled with each further failure, milliseconds; and the longest. */
const BASE_MS = 1_000;
const MAX_MS = 60_000;
/** After this long without a failure all is forgotten, milliseconds. */
const FORGET_MS = 900_000;
/** Addresses remembered: whoever owns a large network must not fill the memory. */
const ADDRESSES = 10_000;
/** Credentials remembered that were right. */
const CREDENTIALS = 1_000;

interface Row {
  count: number;
  newestAt: number;
  until: number;
}

/** Counts failures. Times are monotonic milliseconds. */
export class Failures {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  /** Digests of credentials that were right, the one used longest ago first. */
  readonly #right = new Set<string>();

  /** @param right credentials that are known to be right from the start */
  constructor(clock: Clock, ...right: readonly string[]) {
    this.#clock = clock;
    for (const one of right) this.#right.add(digestOf(one));
  }

  /**
   * How long this address must wait before a credential of it is looked at, milliseconds; 0 when it need not. Who was right
   * with the same credential before need not: somebody else behind the same address guesses.
   */
  waitMs(address: string, credential: string): number {
    const row = this.#rows.get(networkText(address));
    const waitMs = row === undefined ? 0 : row.until - this.#clock.now();
    return waitMs <= 0 || this.#right.has(digestOf(credential)) ? 0 : waitMs;
  }

  /** A wrong credential came from there. */
  failed(address: string): void {
    const key = networkText(address);
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

  /**
   * A good one came. It does not clear its address, which may be that of many: only what was mistyped before it is
   * forgiven while nobody has to wait.
   */
  passed(address: string, credential: string): void {
    const key = networkText(address);
    if ((this.#rows.get(key)?.count ?? 0) <= FREE) this.#rows.delete(key);
    const digest = digestOf(credential);
    this.#right.delete(digest);
    this.#right.add(digest);
    const oldest = this.#right.values().next().value;
    if (this.#right.size > CREDENTIALS && oldest !== undefined) this.#right.delete(oldest);
  }
}

/** An IPv6 host has its /64 to itself (RFC 6177), and would otherwise have as many tries as it has addresses. */
export function networkText(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : 8 - front.length - back.length;
  return [...front, ...Array<string>(Math.max(0, zeros)).fill("0"), ...back].slice(0, 4).join(":");
}
