// A slot: one attempt's place at an upstream, from its start until its last byte, and what the attempt tells by it.

import type { Concurrency, Sign } from "../mechanics/concurrency.ts";
import type { Verdict } from "../verdict.ts";

/** What each verdict says about load. A 429 is about one's own use and feeds the quota, not the limit. */
function signOf(verdict: Verdict): Sign {
  return verdict === "overloaded" || verdict === "timed-out" || verdict === "too-slow" ? "overload" : "none";
}

/** One taken place. Whatever becomes of the attempt, the first of `failed` and `ended` frees it; a second call does nothing. */
export class Slot {
  readonly #concurrency: Concurrency;
  /** When it was taken, monotonic milliseconds. */
  readonly startedAt: number;
  readonly #sizeMs: number;
  #begun = false;
  #freed = false;

  /** @param sizeMs how much later its content is due than that of an empty request, milliseconds */
  constructor(concurrency: Concurrency, now: number, sizeMs = 0) {
    this.#concurrency = concurrency;
    this.#sizeMs = sizeMs;
    this.startedAt = now;
    concurrency.enter(now, sizeMs);
  }

  /** Its first content came, `firstMs` after it was sent, normalised for the request's size. */
  begun(now: number, firstMs: number): void {
    if (this.#begun || this.#freed) return;
    this.#begun = true;
    this.#concurrency.begun(now, this.startedAt, firstMs, this.#sizeMs);
  }

  /** It failed before any content. `spread` (0.5 to 1.5) jitters the rest of a slot that found the upstream overloaded. */
  failed(now: number, verdict: Verdict, spread: number): void {
    if (this.#begun) return this.ended(now, false);
    if (this.#freed) return;
    this.#freed = true;
    this.#concurrency.failed(now, this.startedAt, signOf(verdict), spread, this.#sizeMs);
  }

  /** Its last byte is through; `whole` when the answer came to its own end. */
  ended(now: number, whole: boolean): void {
    if (!this.#begun) return this.failed(now, "cancelled", 1);
    if (this.#freed) return;
    this.#freed = true;
    this.#concurrency.ended(now, whole ? now - this.startedAt : undefined);
  }
}
