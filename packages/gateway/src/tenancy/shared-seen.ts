// What other instances have seen of duplicates: asked of the shared store, as long as that answers in time.

import { inTime, newId, type Runtime, type Timer } from "@fairlead/runtime";
import type { SeenBefore, SeenStore } from "@fairlead/stores";

/** Nobody waits longer for the store, milliseconds: as for limits. */
const PATIENCE_MS = 50;
/** After so many claims in a row without an answer in time the store is left alone for a while. */
const MISSES = 2;
const REST_MS = 1_000;
/** A claim of an instance that was killed stands for so long, milliseconds; those of the living are renewed before. */
export const CLAIM_MS = 10_000;
const RENEW_MS = 3_000;

/** The claims of one instance. */
export class SharedSeen {
  readonly #rt: Runtime;
  readonly #store: SeenStore;
  /** Keys under way here, with their holder's name. */
  readonly #held = new Map<string, string>();
  #misses = 0;
  #restUntil = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;

  constructor(rt: Runtime, store: SeenStore) {
    this.#rt = rt;
    this.#store = store;
  }

  /** Claims a key; tells what has become of it when another instance has it. A store that does not answer has nothing to tell. */
  async begin(key: string): Promise<SeenBefore | undefined> {
    // Its own duplicates are looked for before, but only so many requests are remembered there: the claim is the first one's.
    if (this.#held.has(key)) return "under way";
    const { clock } = this.#rt;
    if (clock.now() < this.#restUntil) return undefined;
    const holder = newId(this.#rt.random, "d_", 16);
    this.#held.set(key, holder);
    this.#renewLater();
    const heard = await inTime(clock, this.#store.begin(key, holder, CLAIM_MS), PATIENCE_MS);
    if (typeof heard === "string") {
      this.#misses += 1;
      if (this.#misses >= MISSES) this.#restUntil = clock.now() + REST_MS;
      return undefined;
    }
    this.#misses = 0;
    if (heard.said !== undefined) this.#held.delete(key);
    return heard.said;
  }

  /** It was answered, and copies are refused for `windowMs`; undefined: it failed. Nobody waits for the store to hear it. */
  end(key: string, windowMs: number | undefined): void {
    const holder = this.#held.get(key);
    if (holder === undefined) return;
    this.#held.delete(key);
    this.#store.end(key, holder, windowMs).catch(() => {});
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#held.clear();
  }

  #renewLater(): void {
    this.#timer ??= this.#rt.clock.timer(RENEW_MS, () => {
      this.#timer = undefined;
      if (this.#held.size === 0) return;
      this.#store.keep([...this.#held], CLAIM_MS).catch(() => {});
      this.#renewLater();
    });
  }
}
