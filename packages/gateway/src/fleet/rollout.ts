// How a configuration goes round: what the fleet's pointer says is done here, and trials are watched and ended.

import { hashText } from "@fairlead/engine";
import type { Runtime, Timer } from "@fairlead/runtime";
import { type Notices, StoreError } from "@fairlead/stores";
import type { ConfigControl, Tried } from "./config-control.ts";
import { ConfigRefusal } from "./config-refusal.ts";
import type { Instances } from "./instances.ts";
import type { Pointed, Revision, RevisionBook } from "./revision-book.ts";
import { type Arms, judge, together } from "./trial-arms.ts";

/** The topic under which instances tell of new revisions. */
export const TOPIC = "config";
/** A trial is looked at this often, and its figures are told every so many looks, milliseconds. */
const JUDGE_MS = 1_000;
const BEAT_EVERY = 3;

/** What it works with. */
export interface RolloutParts {
  readonly rt: Runtime;
  readonly id: string;
  readonly control: ConfigControl;
  readonly instances: Instances;
  readonly book: RevisionBook;
  readonly notices: Notices;
  /** Runs work when what is under way is done. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Hears of a trial of this instance's own that was rolled back. Never rejects. */
  givenUp(trial: Tried): Promise<void>;
}

/** Follows the fleet and its trials. Its methods are called one after the other. */
export class Rollout {
  readonly #rt: Runtime;
  readonly #id: string;
  readonly #control: ConfigControl;
  readonly #instances: Instances;
  readonly #book: RevisionBook;
  readonly #notices: Notices;
  readonly #inTurn: RolloutParts["inTurn"];
  readonly #givenUp: RolloutParts["givenUp"];
  #judging: Timer | undefined;
  #looks = 0;
  #closed = false;
  /** Since when what is in force is not what should be; undefined when it is. Monotonic milliseconds. */
  #staleSince: number | undefined;

  constructor(parts: RolloutParts) {
    this.#rt = parts.rt;
    this.#id = parts.id;
    this.#control = parts.control;
    this.#instances = parts.instances;
    this.#book = parts.book;
    this.#notices = parts.notices;
    this.#inTurn = parts.inTurn;
    this.#givenUp = parts.givenUp;
  }

  /** Stops looking at trials. */
  close(): void {
    this.#closed = true;
    this.#judging?.cancel();
  }

  get #shared(): boolean {
    return this.#control.config.fleet.config === "shared";
  }

  /** Applies, and keeps account of how long what is in force is not what it should be. */
  async offered<T>(work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      this.stale(false);
      return result;
    } catch (e) {
      this.stale(true);
      throw e;
    } finally {
      this.judgeLater();
      void this.#instances.beat();
    }
  }

  /** Does what the fleet's pointer says. A store that does not answer changes nothing. */
  async follow(): Promise<void> {
    const book = this.#book;
    let pointer: Pointed["pointer"];
    let wanted: Revision | undefined;
    try {
      pointer = (await book.pointed()).pointer ?? (await this.#first());
      if (pointer === undefined) return;
      if (this.#control.trial?.number === pointer.number) await this.#control.promote("the fleet has promoted it");
      const { hash, revision } = this.#control.standing;
      if (hash !== pointer.hash || revision !== pointer.number) wanted = await book.get(pointer.number);
    } catch (e) {
      if (!StoreError.is(e)) throw e;
      this.stale(true);
      return;
    }
    if (wanted !== undefined) {
      const { text, by, note, number, at } = wanted;
      await this.offered(() => this.#control.offer({ text, by, note, number, at, percent: 0 })).catch(refusalsOnly);
    } else if (pointer.hash === this.#control.standing.hash) this.stale(false);
    await this.#followTrial(pointer.trial).catch(refusalsOnly);
    this.judgeLater();
  }

  /** The store was away when the first instance started: what that serves by is the first revision. */
  async #first(): Promise<Pointed["pointer"]> {
    const { text } = this.#control;
    const made = { text, by: "file", note: "the first instance's file", at: this.#rt.clock.wall() };
    await this.#book.add({ pointer: undefined, version: 0 }, made);
    return (await this.#book.pointed()).pointer;
  }

  async #followTrial(trial: NonNullable<Pointed["pointer"]>["trial"]): Promise<void> {
    const here = this.#control.trial;
    if (trial === undefined) {
      if (here?.number != null) this.#control.giveUp("the fleet has rolled it back");
      return;
    }
    if (here?.number === trial.number) return;
    const { refused } = this.#control.standing;
    if (refused?.revision === trial.number) {
      if (refused.tried) await this.#tellFate(trial.number, refused.why);
      return;
    }
    if (!this.#chosen(trial.number, trial.instances)) return;
    const found = await this.fromStore(() => this.#book.get(trial.number));
    if (found === undefined) return;
    const { text, by, note, number, at } = found;
    await this.offered(() => this.#control.offer({ text, by, note, number, at, percent: trial.percent }));
  }

  /** What was rolled back here while the store was away is rolled back everywhere. */
  async #tellFate(number: number, why: string): Promise<void> {
    await this.fromStore(async () => {
      const from = await this.#book.pointed();
      if (from.pointer?.trial?.number === number) await this.#book.endTrial(from, false, why);
    });
    await this.announce(0);
  }

  /** Whether this is one of the instances that try a revision: the same answer on all that know of each other. */
  #chosen(revision: number, percent: number): boolean {
    const ids = this.#instances.list().map(({ id }) => id);
    const rank = (id: string) => hashText(`${revision}\n${id}`).hi >>> 0;
    const sorted = ids.sort((a, b) => rank(a) - rank(b));
    return sorted.indexOf(this.#id) < Math.max(1, Math.ceil((sorted.length * percent) / 100));
  }

  /** What all instances have seen of the trial that runs here. */
  arms(): Arms {
    const { trial } = this.#control;
    if (trial === undefined) return together([]);
    const others = this.#instances.list().slice(1);
    const theirs = others.flatMap((one) =>
      one.trial !== null && one.trial.number === trial.number ? [one.trial.arms] : [],
    );
    return together([trial.arms, ...theirs]);
  }

  /** Looks at the trial that runs, if one does, until it is over. */
  judgeLater(): void {
    this.#judging?.cancel();
    if (this.#control.trial === undefined || this.#closed) return;
    this.#judging = this.#rt.clock.timer(JUDGE_MS, () => void this.#inTurn(() => this.#judge()).catch(() => {}));
  }

  async #judge(): Promise<void> {
    const { trial } = this.#control;
    if (trial === undefined) return;
    const { canary_time, canary_requests, canary_errors, canary_slower } = trial.generation.config.fleet;
    const rules = { minMs: canary_time, minRequests: canary_requests, errors: canary_errors, slower: canary_slower };
    trial.judgement = judge(this.arms(), this.#rt.clock.now() - trial.since, rules);
    this.#looks += 1;
    if (this.#looks % BEAT_EVERY === 0) void this.#instances.beat();
    const { what, why } = trial.judgement;
    try {
      if (what !== "go-on") await this.endTrial(what === "promote", why);
    } finally {
      this.judgeLater();
    }
  }

  /** Ends a trial here and in the fleet. Rejects with a ConfigRefusal. */
  async endTrial(promoted: boolean, why: string): Promise<void> {
    const { trial } = this.#control;
    if (trial === undefined && !this.#shared) throw new ConfigRefusal("no_trial", "no configuration is on trial");
    if (!this.#shared || trial?.number === null) {
      if (promoted) await this.offered(() => this.#control.promote(why));
      else {
        this.#control.giveUp(why);
        this.stale(true);
        if (trial !== undefined) await this.#givenUp(trial);
      }
      return;
    }
    // What is bad goes at once, whether the store hears of it or not.
    if (!promoted) this.#control.giveUp(why);
    const book = this.#book;
    await this.fromStore(async () => {
      const from = await book.pointed();
      if (from.pointer?.trial === undefined) {
        if (trial === undefined) throw new ConfigRefusal("no_trial", "no configuration is on trial");
        return;
      }
      await book.endTrial(from, promoted, why);
    });
    await this.announce(0);
    await this.follow();
  }

  /** Tells the others that there is something new. Never rejects. */
  async announce(number: number): Promise<void> {
    try {
      await this.#notices.publish(TOPIC, String(number));
    } catch {
      // The others find it when they look by themselves.
    }
  }

  /** Whether the configuration in force is another than it should be, or that is not known. */
  stale(is: boolean): void {
    if (!is) this.#staleSince = undefined;
    else this.#staleSince ??= this.#rt.clock.now();
  }

  /** Asks the store; its errors become refusals. */
  async fromStore<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (e) {
      if (!StoreError.is(e)) throw e;
      if (e.code === "conflict") throw new ConfigRefusal("conflict", `somebody else was quicker: ${e.message}`);
      throw new ConfigRefusal("store", `the store did not take it: ${e.message}`);
    }
  }

  /** For how long the configuration in force has not been the one that should be, milliseconds. */
  staleMs(): number {
    return this.#staleSince === undefined ? 0 : this.#rt.clock.now() - this.#staleSince;
  }
}

function refusalsOnly(e: unknown): void {
  if (!ConfigRefusal.is(e)) throw e;
}
