// The limits that several instances share: amounts are taken out in leases, and only what was taken out is spent.

/**
 * What kind of amount it is. `rate` fills up again evenly; `gauge` is so many at once, and what is held is not there for
 * others; `hour`, `day` and `month` begin anew with the calendar in UTC.
 */
export type LimitKind = "rate" | "gauge" | "hour" | "day" | "month";

/** What one instance says and asks of one amount. All numbers are whole and at least 0, but for `perMs`. */
export interface LimitAsk {
  /** Name of the amount, at most 500 characters. What belongs to one tenant begins with the same `{…}`. */
  readonly key: string;
  readonly kind: LimitKind;
  /** The most that can be there. */
  readonly capacity: number;
  /** How much comes back each millisecond; of a rate only. */
  readonly perMs: number;
  /** What this instance has taken out and not spent yet; of a gauge also what is in use. */
  readonly hold: number;
  /** What it has spent beyond its leases. May leave less than nothing. */
  readonly debit: number;
  /** What it gives back of what it had taken out. */
  readonly give: number;
  /** What requests wait for, all together, and the first of them alone. */
  readonly need: number;
  readonly least: number;
  /** What it expects to spend beyond that until it asks again. */
  readonly want: number;
  /** Of money: the start of the window that `hold`, `debit` and `give` belong to, Unix milliseconds; 0 when they are 0. */
  readonly window: number;
  /** Of money: what is known to be spent in that window; where less is on the books, the books are set right. */
  readonly floor: number;
}

/** What became of it. */
export interface LimitAnswer {
  /** What was taken out for this instance. */
  readonly granted: number;
  /** What is there now, fractions included; below 0 a debt. */
  readonly left: number;
  /** Of money: the window that it is about, Unix milliseconds, and when that ends, milliseconds from now; else 0. */
  readonly window: number;
  readonly endsInMs: number;
}

/** The answers in the order of the asks. */
export interface LimitReply {
  /** Instances that have asked within the last ten seconds, this one included. */
  readonly instances: number;
  /** Another one than before: the store has forgotten everything. */
  readonly epoch: string;
  readonly answers: readonly LimitAnswer[];
}

/** Where amounts are kept. Its clock is the only one that counts; what crosses the wire are lengths of time. */
export interface LimitStore {
  /**
   * Trades for one instance, all asks in one step. The same `seq` again changes nothing and brings the same reply: so a
   * trade whose reply was lost is sent again as it was. Rejects with a StoreError.
   * @param instance at most 100 characters, unique among those that run
   * @param seq 1, 2, 3, …
   * @param ttlMs how long a lease may be spent; an instance that is not heard of for so long has lost its own
   * @param epoch the last that the instance was told. A store with another one has forgotten what was spent: it takes nothing
   *   from these asks and grants nothing, but says its epoch, so that it can be told first. Default: none is known
   */
  trade(
    instance: string,
    seq: number,
    ttlMs: number,
    asks: readonly LimitAsk[],
    epoch?: string | undefined,
  ): Promise<LimitReply>;
}

/**
 * Below this part of its capacity an amount is short: of a rate no more is leased than is expected to be spent until the next
 * trade, of money and places no more than what requests wait for.
 */
export const SHORT_SHARE = 0.2;
/** Where there is plenty, a lease is at least this part of the capacity, so that slow tenants need not ask each time. */
export const LEAST_LEASE = 0.01;
/** There it also holds some requests of the size that is waited for, and these are at most that part of the capacity. */
export const SPARE_REQUESTS = 4;
export const SPARE_SHARE = 0.1;
/** What is in use of a gauge is held for so many times as long as a lease: its streams run on while the store is away. */
export const GAUGE_TTLS = 5;
/** An instance counts for so long after it asked last, milliseconds. */
export const INSTANCE_MS = 10_000;

/**
 * A clock that stands at most so long before a window that has begun is a clock behind the one before it, as after a fail-over:
 * the window goes on. One that stands further back was set right: its window counts, with what is spent, milliseconds.
 */
export const CLOCK_STEP_MS = 60_000;

/** Start and end of the calendar window in UTC that a time is in, Unix milliseconds. */
export function moneyWindow(
  kind: "hour" | "day" | "month",
  at: number,
): { readonly start: number; readonly end: number } {
  const HOUR = 3_600_000;
  const DAY = 86_400_000;
  if (kind !== "month") {
    const size = kind === "hour" ? HOUR : DAY;
    const start = Math.floor(at / size) * size;
    return { start, end: start + size };
  }
  const { year, month } = civil(Math.floor(at / DAY));
  return {
    start: daysBefore(year, month) * DAY,
    end: daysBefore(month === 12 ? year + 1 : year, (month % 12) + 1) * DAY,
  };
}

/** Year and month of a day since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
function civil(day: number): { readonly year: number; readonly month: number } {
  const z = day + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1_460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return { year: yoe + era * 400 + (month <= 2 ? 1 : 0), month };
}

/** Days from 1970-01-01 to the first of a month. */
function daysBefore(year: number, month: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yoe = y - era * 400;
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5);
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy;
  return era * 146_097 + doe - 719_468;
}
