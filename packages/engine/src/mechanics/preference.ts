// The order of regions by measured latency, with hysteresis: what is only noise never changes it.

/** The numbers of a preference. */
export interface PreferenceNumbers {
  /** How much better a region must be to overtake, as a share of the other's latency (0.2 = 20 %). */
  readonly better: number;
  /** And by how much at least, milliseconds. */
  readonly betterMs: number;
  /** Samples that both regions need, and that must come while the lead lasts. */
  readonly samples: number;
  /** How long the lead must last without a break, milliseconds. */
  readonly holdMs: number;
  /** After a change of places, how long both who took part stay, milliseconds. */
  readonly dwellMs: number;
}

/**
 * 20 % and 20 ms are above the daily swing of a line between two regions; ten samples over 10 s keep one slow burst from
 * counting, and 60 s of rest bound the changes to one a minute. Chosen, not taken from a paper: each change leaves warm
 * prompt caches behind, so that slow is right.
 */
export const PREFERENCE: PreferenceNumbers = {
  better: 0.2,
  betterMs: 20,
  samples: 10,
  holdMs: 10_000,
  dwellMs: 60_000,
};

/** Samples that a mean leans on. */
const MEMORY = 20;

interface Place {
  readonly name: string;
  mean: number;
  samples: number;
  /** Since when it has led over the one before it, and over whom; samples of the pair since then. */
  since: number;
  over: Place | undefined;
  seen: number;
  /** When it last changed places. */
  changedAt: number;
}

/**
 * An order of regions. A region gets its place by the order in which it is first named, and moves up by one place when
 * it leads over the one before it by `better` and `betterMs` for `holdMs` and `samples` samples. So long as no sample
 * of the later region is that much better than any of the earlier, the order never changes.
 *
 * A region without traffic has no samples: whoever wants it to come back measures it by other means.
 */
export class Preference {
  readonly #numbers: PreferenceNumbers;
  readonly #places: Place[] = [];
  readonly #byName = new Map<string, Place>();
  #changes = 0;

  constructor(numbers: PreferenceNumbers = PREFERENCE) {
    this.#numbers = numbers;
  }

  /** Names a region, at the end of the order when it is new. */
  name(region: string): void {
    this.#place(region);
  }

  /** Takes one latency (milliseconds) of a region at monotonic `now`. What is no number or negative is ignored. */
  sample(region: string, ms: number, now: number): void {
    if (!(ms >= 0) || ms === Number.POSITIVE_INFINITY) return;
    const place = this.#place(region);
    place.samples += 1;
    place.mean += (ms - place.mean) / Math.min(place.samples, MEMORY);
    const at = this.#places.indexOf(place);
    const before = this.#places[at - 1];
    const after = this.#places[at + 1];
    if (before !== undefined) this.#compare(place, before, at, now);
    if (after !== undefined && this.#places[at] === place) this.#compare(after, place, at + 1, now);
  }

  /** A region's place, 0 for the first; after all others when it was never named. */
  rank(region: string): number {
    const place = this.#byName.get(region);
    return place === undefined ? this.#places.length : this.#places.indexOf(place);
  }

  /** The regions in order, with their mean latency (milliseconds; undefined without a sample). */
  order(): ReadonlyArray<{ readonly region: string; readonly ms: number | undefined; readonly samples: number }> {
    return this.#places.map(({ name, mean, samples }) => ({
      region: name,
      ms: samples === 0 ? undefined : mean,
      samples,
    }));
  }

  /** How often two regions have changed places. */
  get changes(): number {
    return this.#changes;
  }

  #compare(later: Place, earlier: Place, at: number, now: number): void {
    const { better, betterMs, samples, holdMs, dwellMs } = this.#numbers;
    const leads =
      later.samples >= samples &&
      earlier.samples >= samples &&
      later.mean <= earlier.mean * (1 - better) &&
      later.mean <= earlier.mean - betterMs;
    if (!leads) {
      later.over = undefined;
      return;
    }
    if (later.over !== earlier) {
      later.over = earlier;
      later.since = now;
      later.seen = 0;
    }
    later.seen += 1;
    if (later.seen < samples || now - later.since < holdMs) return;
    if (now - Math.max(later.changedAt, earlier.changedAt) < dwellMs) return;
    this.#places[at] = earlier;
    this.#places[at - 1] = later;
    later.changedAt = now;
    earlier.changedAt = now;
    later.over = undefined;
    earlier.over = undefined;
    this.#changes += 1;
  }

  #place(name: string): Place {
    let place = this.#byName.get(name);
    if (place === undefined) {
      place = {
        name,
        mean: 0,
        samples: 0,
        since: 0,
        over: undefined,
        seen: 0,
        changedAt: Number.NEGATIVE_INFINITY,
      };
      this.#byName.set(name, place);
      this.#places.push(place);
    }
    return place;
  }
}
