// The instances of a fleet: each tells by a heartbeat that it is there and which configuration it serves by.

import type { Runtime, Timer } from "@fairlead/runtime";
import type { Json, Records } from "@fairlead/stores";
import type { Arms } from "./trial-arms.ts";

/** What an instance tells of itself. */
export interface InstanceState {
  readonly id: string;
  /** Unix milliseconds: when it started, and when it told this. */
  readonly startedAt: number;
  readonly at: number;
  /** The revision in force there, null while the store could not be asked for its number; and its hash. */
  readonly revision: number | null;
  readonly hash: string;
  /** Where its configuration came from. */
  readonly source: "file" | "shared" | "last-known-good";
  /** A configuration that it was offered and could not apply; null when there is none. */
  readonly refused: {
    readonly hash: string;
    readonly revision: number | null;
    readonly why: string;
    /** It was tried and rolled back: it does not come again by itself. */
    readonly tried: boolean;
  } | null;
  /** For how long it has not had the configuration that it should have, seconds. */
  readonly staleSeconds: number;
  /** What it saw of a trial, null without one. */
  readonly trial: { readonly number: number; readonly arms: Arms } | null;
}

const KIND = "instance";
/** Heartbeats that may be missing before an instance counts as gone. */
const MISSED = 3;
const MOST = 1_000;
/** A stop does not wait longer than so for a store that may be away, milliseconds. */
const LEAVE_MS = 500;

/** Tells the others of this instance, and knows of them. A store that is down is tried again at the next beat. */
export class Instances {
  readonly #rt: Runtime;
  readonly #records: Records;
  readonly #everyMs: number;
  readonly #tell: () => InstanceState;
  #others: readonly InstanceState[] = [];
  #timer: Timer | undefined;
  #stopped = false;
  /** When the list was read last, monotonic milliseconds. */
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(rt: Runtime, records: Records, everyMs: number, tell: () => InstanceState) {
    this.#rt = rt;
    this.#records = records;
    this.#everyMs = everyMs;
    this.#tell = tell;
  }

  /** Beats from now on. */
  start(): void {
    this.#stopped = false;
    void this.beat();
  }

  /** Tells the others now, and reads what they told. Never rejects. */
  async beat(): Promise<void> {
    this.#timer?.cancel();
    try {
      await this.#write(this.#tell());
      const list = await this.#records.list(KIND, "", MOST);
      const own = this.#tell().id;
      this.#others = list.map(({ value }) => value as unknown as InstanceState).filter(({ id }) => id !== own);
      this.#readAt = this.#rt.clock.now();
    } catch {
      // Whoever was there before is taken to be there still: shares must not grow because a store is away.
    }
    if (this.#stopped) return;
    this.#timer?.cancel();
    this.#timer = this.#rt.clock.timer(this.#everyMs * (0.9 + this.#rt.random.next() * 0.2), () => void this.beat());
  }

  /** All that are known to live, this one first; as of the last beat that reached the store. */
  list(): readonly InstanceState[] {
    return [this.#tell(), ...this.#others];
  }

  /** How many share the fleet's limits, at least 1. */
  count(): number {
    return 1 + this.#others.length;
  }

  /** Whether others could be heard of lately. */
  fresh(): boolean {
    return this.#rt.clock.now() - this.#readAt < this.#everyMs * MISSED;
  }

  /** Says goodbye, so that the others need not wait for missing beats. Never rejects. */
  async leave(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    // Where it cannot be written soon, the record expires by itself.
    const gone = this.#records
      .write([{ kind: KIND, id: this.#tell().id, value: undefined, expect: "any" }])
      .catch(() => {});
    await new Promise<void>((resolve) => {
      const timer = this.#rt.clock.timer(LEAVE_MS, resolve);
      void gone.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  async #write(state: InstanceState): Promise<void> {
    const expiresAt = this.#rt.clock.wall() + this.#everyMs * MISSED;
    const value = JSON.parse(JSON.stringify(state)) as Json;
    await this.#records.write([{ kind: KIND, id: state.id, value, expect: "any", expiresAt }]);
  }
}
