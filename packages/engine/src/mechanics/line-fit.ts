// A line through noisy positive times, base and slope, learned online and not led astray by outliers.

/** A point counts at most this many times, and at least this fraction of, what the line says there. */
const CLIP = 3;
/** The line one starts with counts as so many points. */
const PRIOR_WEIGHT = 4;

/**
 * `y = base + slope * x` with base and slope >= 0: least squares of relative errors, the newest `memory` points counting
 * most, each held between a third and three times what the line says (Huber's winsorised residuals), so that a fault of
 * 20 s moves the line no further than any slow answer, and a lasting change still arrives.
 */
export class LineFit {
  readonly #keep: number;
  readonly #base0: number;
  readonly #slope0: number;
  #base: number;
  #slope: number;
  #w = 0;
  #wx = 0;
  #wy = 0;
  #wxx = 0;
  #wxy = 0;

  constructor(base: number, slope: number, memory: number) {
    this.#keep = 1 - 1 / memory;
    this.#base = this.#base0 = base;
    this.#slope = this.#slope0 = slope;
  }

  /** What the line says at x >= 0. */
  at(x: number): number {
    return this.#base + this.#slope * x;
  }

  /** Adds a point, x and y >= 0. */
  add(x: number, y: number): void {
    const says = this.at(x);
    const clipped = Math.min(Math.max(y, says / CLIP), says * CLIP);
    // Weighed by the line one starts with: by the one that is learned, points from before a slowdown would outweigh it.
    const first = this.#base0 + this.#slope0 * x;
    const weight = 1 / (first * first);
    this.#w = this.#keep * this.#w + weight;
    this.#wx = this.#keep * this.#wx + weight * x;
    this.#wy = this.#keep * this.#wy + weight * clipped;
    this.#wxx = this.#keep * this.#wxx + weight * x * x;
    this.#wxy = this.#keep * this.#wxy + weight * x * clipped;
    this.#solve();
  }

  /** Solves for base and slope, each drawn towards where it began as if some points had said so. */
  #solve(): void {
    const forBase = PRIOR_WEIGHT / (this.#base0 * this.#base0);
    const forSlope = this.#slope0 > 0 ? 1 / (this.#slope0 * this.#slope0) : 0;
    const a = this.#w + forBase;
    const c = this.#wxx + forSlope;
    const u = this.#wy + forBase * this.#base0;
    const v = this.#wxy + forSlope * this.#slope0;
    const least = this.#base0 / 100;
    const determinant = a * c - this.#wx * this.#wx;
    let slope = determinant > 0 ? Math.max(0, (a * v - this.#wx * u) / determinant) : this.#slope;
    let base = (u - this.#wx * slope) / a;
    if (base < least) {
      base = least;
      slope = Math.max(0, (v - this.#wx * base) / c);
    }
    this.#base = base;
    this.#slope = slope;
  }
}
