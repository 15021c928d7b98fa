// Failures in a row, and when they are evidence: enough of them, of several requests, and not all from one hiccup.

/** An attempt as a row sees it. */
export interface Started {
  /** Its number: attempts are numbered in the order in which they start. */
  readonly n: number;
  /** When it started, monotonic milliseconds. */
  readonly at: number;
}

interface Failed extends Started {
  readonly failedAt: number;
  readonly request: string;
}

/**
 * Of the failures in a row so many must be fresh: of attempts that went after the first of them had failed, or that failed
 * as far from it as they started. Five that were under way together and fell to one hiccup are one piece of evidence, not five.
 */
const FRESH = 2;
/** What failed as far apart as it started counts as fresh from here on, milliseconds: a hiccup is over sooner. */
const APART_MS = 250;
/** So many rows' length of failures is remembered, and at least so many: longer rows are asked for where errors are usual. */
const KEPT = { rows: 2, least: 32 } as const;

/**
 * Counts failures in a row by the order in which the attempts STARTED. A success says that what started before it could
 * have succeeded, and nothing about what started after it: an answer that was under way when the upstream broke does not
 * prove it well. An attempt between two failures of which nothing is known yet counts against the row like a success
 * would, so that quick failures are no row while slow successes of the same time are still to come: with independent
 * errors of a share p one request in 1/p^5 begins a row of five. Times are monotonic milliseconds.
 */
export class Row {
  /** By number, all newer than `#good`. */
  readonly #failed: Failed[] = [];
  #good = -1;
  #newestAt = Number.NEGATIVE_INFINITY;
  readonly #kept: number;

  /** @param usual the length of row that is asked for where errors are rare */
  constructor(usual: number) {
    this.#kept = Math.max(KEPT.least, KEPT.rows * usual);
  }

  /** One more failure, of a request and an attempt. */
  add(now: number, { n, at }: Started, request: string): void {
    if (n < this.#good) return;
    this.#newestAt = now;
    const failed = this.#failed;
    let i = failed.length;
    while (i > 0 && (failed[i - 1] as Failed).n > n) i -= 1;
    failed.splice(i, 0, { n, at, failedAt: now, request });
    if (failed.length > this.#kept) failed.shift();
  }

  /** A success of an attempt: failures of those that started before it are no row any more. */
  good({ n }: Pick<Started, "n">): void {
    if (n < this.#good) return;
    this.#good = n;
    const failed = this.#failed;
    let old = 0;
    while (old < failed.length && (failed[old] as Failed).n < n) old += 1;
    if (old > 0) failed.splice(0, old);
  }

  /** Forgets all. */
  clear(): void {
    this.#failed.length = 0;
  }

  /** Failures in a row: of the best run the failures less the attempts between them of which nothing is known yet. */
  get count(): number {
    return this.#failed.length < 2 ? this.#failed.length : this.#best().count;
  }

  /** When the newest of them failed; -Infinity when there is none. */
  get newestAt(): number {
    return this.#newestAt;
  }

  /** Whether so many failures of at least two requests are in a row, some of them fresh. */
  ripe(count: number): boolean {
    if (this.#failed.length < count) return false;
    const best = this.#best();
    if (best.count < count) return false;
    const run = this.#failed.slice(best.from, best.to + 1);
    let first = run[0] as Failed;
    for (const one of run) if (one.failedAt < first.failedAt) first = one;
    if (run.every(({ request }) => request === first.request)) return false;
    let fresh = 0;
    for (const one of run) if (one !== first && isFresh(one, first)) fresh += 1;
    return fresh >= Math.min(FRESH, count - 1);
  }

  /** The run with most failures over unknown attempts between them: the greatest sum of a part, in one pass (Kadane). */
  #best(): { readonly count: number; readonly from: number; readonly to: number } {
    let best = { count: 0, from: 0, to: 0 };
    let count = 0;
    let from = 0;
    let before = 0;
    for (const [i, { n }] of this.#failed.entries()) {
      count -= i === 0 ? 0 : n - before - 1;
      if (count <= 0) {
        count = 0;
        from = i;
      }
      count += 1;
      before = n;
      if (count > best.count) best = { count, from, to: i };
    }
    return best;
  }
}

function isFresh(one: Failed, first: Failed): boolean {
  if (one.at >= first.failedAt) return true;
  const apart = one.at - first.at;
  return apart >= APART_MS && one.failedAt - first.failedAt >= apart / 2;
}
