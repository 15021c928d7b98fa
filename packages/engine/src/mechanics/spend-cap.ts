// A cap on the money that repeats and hedges may cost: a small share of what a tenant spends anyway.

import { PICO_PER_USD } from "@fairlead/protocol";
import { duration, number, type Values } from "../options.ts";

/** Options of the cap. Its numbers are choices of ours: a twentieth of the bill, over ten minutes. */
export const SPEND_CAP_OPTIONS = {
  extra_spend: number(
    0,
    1,
    0.05,
    "share of spend",
    "The most that repeats and hedges may cost, of a tenant's other spend.",
  ),
  extra_spend_window: duration(60_000, 86_400_000, 600_000, "The time over which that share is measured."),
  extra_spend_floor: number(0, 1_000, 0.05, "US dollars", "What they may cost in that time, however little is spent."),
} as const;

/** The cap's numbers from its options, for at most `maxTenants` tenants. */
export function spendCapNumbers(values: Values<typeof SPEND_CAP_OPTIONS>, maxTenants = 10_000): SpendCapNumbers {
  return {
    share: values.extra_spend,
    windowMs: values.extra_spend_window,
    floorPicoUsd: values.extra_spend_floor * PICO_PER_USD,
    maxTenants,
  };
}

/** The numbers of the cap. */
export interface SpendCapNumbers {
  /** The most that repeats and hedges may cost, as a share of all other spend of the window: 0.05 is 5 %. */
  readonly share: number;
  /** The window, milliseconds. */
  readonly windowMs: number;
  /** What they may cost in a window whatever the tenant spends, pico-dollars. */
  readonly floorPicoUsd: number;
  /** Tenants remembered; beyond that the one that spent longest ago is forgotten. */
  readonly maxTenants: number;
}

/** What one tenant spent in the window, pico-dollars. */
export interface TenantSpend {
  readonly tenant: string;
  /** First attempts. */
  readonly ordinary: number;
  /** Repeats and hedges, those under way as they were booked. */
  readonly extra: number;
  /** The most that those may cost now. */
  readonly allowed: number;
  /** Draws denied since the tenant was first seen. */
  readonly denied: number;
}

/** Slices of the window: what leaves it leaves in steps of a tenth. */
const SLICES = 10;

interface Account {
  readonly ordinary: Float64Array;
  readonly extra: Float64Array;
  /** The slice, counted from time 0, that was written last. */
  slice: number;
  denied: number;
}

/**
 * Counts spend by tenant in a rolling window. A draw is allowed while extra spend stays within
 * `max(floor, share * ordinary spend)`, and one draw in a window that has had none is allowed whatever it costs: the
 * first repeat of a quiet tenant, or of one with a single large prompt, must not fail for want of history. A draw is
 * counted as booked at once and corrected when the bill is known. Time is monotonic milliseconds, money pico-dollars.
 */
export class SpendCap {
  readonly #numbers: SpendCapNumbers;
  readonly #sliceMs: number;
  #tenants = new Map<string, Account>();

  constructor(numbers: SpendCapNumbers) {
    this.#numbers = numbers;
    this.#sliceMs = numbers.windowMs / SLICES;
  }

  /** Goes on with what another has counted, where both count in the same slices. The counts are shared from then on. */
  carry(from: SpendCap): void {
    if (from.#sliceMs === this.#sliceMs) this.#tenants = from.#tenants;
  }

  /** Tenants remembered. */
  get tenants(): number {
    return this.#tenants.size;
  }

  /** A first attempt cost this. */
  spent(now: number, tenant: string, picoUsd: number): void {
    if (!(picoUsd > 0)) return;
    const account = this.#touch(now, tenant);
    add(account.ordinary, account.slice, picoUsd);
  }

  /** Books a repeat or hedge expected to cost this; false means: it would cost too much, do without. Nothing costs nothing. */
  draw(now: number, tenant: string, picoUsd: number, counted = true): boolean {
    if (!(picoUsd > 0)) return true;
    const account = this.#touch(now, tenant);
    const extra = sum(account.extra);
    if (extra > 0 && extra + picoUsd > this.#allowed(account)) {
      if (counted) account.denied += 1;
      return false;
    }
    add(account.extra, account.slice, picoUsd);
    return true;
  }

  /** What a draw was booked at, and what it cost in the end. */
  settle(now: number, tenant: string, bookedPicoUsd: number, actualPicoUsd: number): void {
    const more = Math.max(0, actualPicoUsd) - Math.max(0, bookedPicoUsd);
    if (!(Number.isFinite(more) && more !== 0)) return;
    const account = this.#touch(now, tenant);
    if (more > 0) add(account.extra, account.slice, more);
    else refund(account.extra, account.slice, -more);
  }

  /** Spend of the window, for snapshots. */
  totals(now: number, tenant: string): { readonly ordinary: number; readonly extra: number } {
    const account = this.#tenants.get(tenant);
    if (account === undefined) return { ordinary: 0, extra: 0 };
    this.#roll(account, now);
    return { ordinary: sum(account.ordinary), extra: sum(account.extra) };
  }

  /** The tenants that spent last, at most so many of them, the last first. */
  recent(now: number, most: number): readonly TenantSpend[] {
    return [...this.#tenants]
      .slice(-most)
      .reverse()
      .map(([tenant, account]) => {
        this.#roll(account, now);
        const { ordinary, extra, denied } = account;
        return { tenant, ordinary: sum(ordinary), extra: sum(extra), allowed: this.#allowed(account), denied };
      });
  }

  #allowed({ ordinary }: Account): number {
    return Math.max(this.#numbers.floorPicoUsd, this.#numbers.share * sum(ordinary));
  }

  #touch(now: number, tenant: string): Account {
    let account = this.#tenants.get(tenant);
    if (account === undefined) {
      account = { ordinary: new Float64Array(SLICES), extra: new Float64Array(SLICES), slice: 0, denied: 0 };
      account.slice = Math.floor(now / this.#sliceMs);
      const oldest = this.#tenants.keys().next().value;
      if (this.#tenants.size >= this.#numbers.maxTenants && oldest !== undefined) this.#tenants.delete(oldest);
    } else {
      this.#roll(account, now);
      this.#tenants.delete(tenant);
    }
    this.#tenants.set(tenant, account);
    return account;
  }

  /** Empties the slices that have left the window since it was last written. */
  #roll(account: Account, now: number): void {
    const slice = Math.floor(now / this.#sliceMs);
    const passed = slice - account.slice;
    if (passed <= 0) return;
    for (let i = 1; i <= Math.min(passed, SLICES); i++) {
      account.ordinary[(account.slice + i) % SLICES] = 0;
      account.extra[(account.slice + i) % SLICES] = 0;
    }
    account.slice = slice;
  }
}

function add(slices: Float64Array, slice: number, amount: number): void {
  const at = slice % SLICES;
  slices[at] = (slices[at] as number) + amount;
}

/** Takes off the newest slices first; what was booked in a slice that has left the window needs no refund. */
function refund(slices: Float64Array, slice: number, amount: number): void {
  let left = amount;
  for (let i = 0; i < SLICES && left > 0; i++) {
    const at = (slice - i + SLICES) % SLICES;
    const taken = Math.min(left, slices[at] as number);
    slices[at] = (slices[at] as number) - taken;
    left -= taken;
  }
}

function sum(slices: Float64Array): number {
  let total = 0;
  for (const one of slices) total += one;
  return total;
}
