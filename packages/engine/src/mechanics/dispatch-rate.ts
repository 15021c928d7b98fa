// How fast a queue gives out what waits, measured while somebody waits.

/** Past dispatches fade with this time constant, milliseconds. */
const FADE_MS = 10_000;

/** Dispatches per millisecond of time during which somebody waited: idle time says nothing of how fast it could go. */
export class DispatchRate {
  #count = 0;
  #busyMs = 0;
  #since: number | undefined;

  /** Somebody waits where nobody did. */
  filled(now: number): void {
    this.#since ??= now;
  }

  /** Nobody waits any more. */
  emptied(now: number): void {
    this.#add(now, 0);
    this.#since = undefined;
  }

  /** One that had waited went. */
  dispatched(now: number): void {
    this.#add(now, 1);
  }

  /** Dispatches per millisecond, or undefined when none was seen. Silence since the last one lowers it. */
  at(now: number): number | undefined {
    const busyMs = this.#busyMs + (this.#since === undefined ? 0 : now - this.#since);
    return this.#count === 0 || busyMs <= 0 ? undefined : this.#count / busyMs;
  }

  #add(now: number, dispatches: number): void {
    const ms = this.#since === undefined ? 0 : Math.max(0, now - this.#since);
    const kept = Math.exp(-ms / FADE_MS);
    this.#count = this.#count * kept + dispatches;
    this.#busyMs = this.#busyMs * kept + ms;
    if (this.#since !== undefined) this.#since = now;
  }
}
