// A quantile of the newest values, worked out only when somebody asks.

/** Remembers the newest `size` values. */
export class RecentQuantile {
  readonly #values: Float64Array;
  #count = 0;

  constructor(size: number) {
    this.#values = new Float64Array(size);
  }

  add(value: number): void {
    this.#values[this.#count % this.#values.length] = value;
    this.#count += 1;
  }

  /** The value that a share `q` (0 to 1) of those remembered do not exceed, the nearest rank; undefined without any. */
  at(q: number): number | undefined {
    const known = Math.min(this.#count, this.#values.length);
    if (known === 0) return undefined;
    const sorted = this.#values.slice(0, known).sort();
    return sorted[Math.min(known - 1, Math.max(0, Math.ceil(q * known) - 1))];
  }
}
