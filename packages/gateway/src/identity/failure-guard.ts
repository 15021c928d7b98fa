// Slows down who guesses: counts wrong credentials by address, within bounded memory. Right ones are never asked about here.

import { hash } from "node:crypto";
import type { Clock } from "@fairlead/runtime";
import type { IpAddress } from "./address-range.ts";

/** Addresses remembered at most; the one that failed longest ago leaves first. */
const MAX_ADDRESSES = 10_000;
/** One failure is forgiven after each such time, milliseconds, times the number that is free a minute. */
const MINUTE_MS = 60_000;
/** First and longest wait, milliseconds; each failure beyond the free ones doubles it. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

interface Failures {
  /** How many count at `at`; they drain with time. */
  count: number;
  at: number;
  /** Beginning of the digest of the last wrong credential: the same one again is a mistake, not a guess. */
  last: string;
  /** Told once, until it is calm again. */
  told: boolean;
}

/** What a failure costs. */
export interface Slowed {
  /** 0 while failures are free; else how long to wait, milliseconds. */
  readonly waitMs: number;
  /** True at the first failure that is not free: worth a line in the audit log. */
  readonly tell: boolean;
}

/** Counts by IPv4 address and by IPv6 network of 64 bits, which is what one subscriber has. */
export class FailureGuard {
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Failures>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#byAddress.size;
  }

  /**
   * Notes a failure.
   * @param where who failed: `networkOf` an address, or a name
   * @param credential what was wrong; kept as a few characters of its digest
   * @param free failures a minute that cost nothing
   */
  failed(where: string, credential: string, free: number): Slowed {
    const now = this.#clock.now();
    const last = hash("sha256", credential).slice(0, 16);
    let one = this.#byAddress.get(where);
    if (one === undefined) {
      if (this.#byAddress.size >= MAX_ADDRESSES) this.#byAddress.delete(this.#byAddress.keys().next().value as string);
      one = { count: 0, at: now, last: "", told: false };
    } else this.#byAddress.delete(where);
    this.#byAddress.set(where, one);
    one.count = Math.max(0, one.count - ((now - one.at) / MINUTE_MS) * free);
    one.at = now;
    if (one.count === 0) one.told = false;
    if (one.last !== last) one.count = Math.min(one.count + 1, free + 64);
    one.last = last;
    const over = Math.ceil(one.count - free);
    if (over <= 0) return { waitMs: 0, tell: false };
    const tell = !one.told;
    one.told = true;
    return { waitMs: Math.min(FIRST_WAIT_MS * 2 ** Math.min(over - 1, 16), LONGEST_WAIT_MS), tell };
  }

  /** Whether an address has to wait, without noting anything. Milliseconds; 0 when it has not. */
  waits(where: string, free: number): number {
    const one = this.#byAddress.get(where);
    if (one === undefined) return 0;
    const now = this.#clock.now();
    const over = Math.ceil(one.count - ((now - one.at) / MINUTE_MS) * free - free);
    return over <= 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** Math.min(over - 1, 16), LONGEST_WAIT_MS);
  }
}

/** An IPv4 address, or the first 64 bits of an IPv6 one. */
export function networkOf(ip: IpAddress | undefined): string {
  if (ip === undefined) return "unknown";
  if (ip.kind() === "ipv4") return ip.toString();
  return `${ip.toNormalizedString().split(":").slice(0, 4).join(":")}::/64`;
}
