// The configuration of an instance among others: what changes it, in turn, and what is told of it.

import { readFile } from "node:fs/promises";
import type { Timer } from "@fairlead/runtime";
import type { Stores } from "@fairlead/stores";
import type { ConfigChange } from "./config-changes.ts";
import { ConfigControl, type ControlParts } from "./config-control.ts";
import type { ConfigSource } from "./config-reader.ts";
import { ConfigRefusal } from "./config-refusal.ts";
import { FileWatch, type WatchTimes } from "./file-watch.ts";
import { type InstanceState, Instances } from "./instances.ts";
import { replaceFile } from "./replaced-file.ts";
import { configHash, type Revision } from "./revision-book.ts";
import { type ApplyRequest, armView, masked, type RevisionView, revisionView } from "./revision-view.ts";
import { Rollout, TOPIC } from "./rollout.ts";

/** All that may be done with the configuration of a running gateway. Changes follow each other. */
export class ConfigFleet {
  readonly control: ConfigControl;
  readonly instances: Instances;
  readonly #parts: ControlParts;
  readonly #source: ConfigSource;
  readonly #stores: Stores;
  readonly #watch: FileWatch;
  readonly #id: string;
  readonly #startedAt: number;
  #turn: Promise<unknown> = Promise.resolve();
  #poll: Timer | undefined;
  readonly #rollout: Rollout;
  #deaf: () => void = () => {};
  #closed = false;
  /** Hash of the text that was written into the file last. */
  #written: string | undefined;

  constructor(
    id: string,
    parts: Omit<ControlParts, "files">,
    source: ConfigSource,
    stores: Stores,
    times: WatchTimes = {},
  ) {
    this.#id = id;
    this.#source = source;
    this.#stores = stores;
    this.#parts = { ...parts, files: (files) => void this.#watchFiles(files) };
    this.control = new ConfigControl(this.#parts);
    const { clock } = parts.rt;
    this.#startedAt = clock.wall();
    this.#watch = new FileWatch(clock, (files) => this.#filesChanged(files), times);
    this.instances = new Instances(parts.rt, stores.records, this.control.config.fleet.heartbeat, () => this.self());
    this.#rollout = new Rollout({
      ...this.#parts,
      id,
      control: this.control,
      instances: this.instances,
      notices: stores.notices,
      inTurn: (work) => this.#inTurn(work),
      givenUp: (trial) => this.#writeBack(trial.hash),
    });
    const { source: from } = parts.begun;
    if (from === "last-known-good" || (this.#shared && from === "file")) this.#rollout.stale(true);
  }

  /** Begins to follow the file or the fleet. Never rejects. */
  async start(): Promise<void> {
    const { begun, tell } = this.#parts;
    for (const one of begun.words) tell("config-note", one);
    await this.#watchFiles(begun.files);
    if (this.#shared) {
      this.#deaf = this.#stores.notices.subscribe(TOPIC, () => this.#followSoon());
    }
    this.#pollLater();
    await this.#inTurn(async () => {
      await this.control.noteDown();
      if (begun.source !== "last-known-good") await this.control.keep();
    }).catch((e: Error) => tell("config-note", `the last known good configuration cannot be written: ${e.message}`));
    this.instances.start();
    if (!this.#shared) await this.#changedMeanwhile();
  }

  /** The file may have changed between its reading and the watch: what the watch saw first counts as known to it. */
  async #changedMeanwhile(): Promise<void> {
    const text = await readFile(this.#source.file, "utf8").catch(() => undefined);
    if (text === undefined || configHash(text) === this.control.standing.hash) return;
    this.#filesChanged([this.#source.file]);
  }

  /** Says goodbye and stops following. Never rejects. */
  async stop(): Promise<void> {
    this.#closed = true;
    this.#poll?.cancel();
    this.#rollout.close();
    this.#watch.close();
    this.#deaf();
    await this.instances.leave();
  }

  /** What this instance tells of itself. */
  self(): InstanceState {
    const { clock } = this.#parts.rt;
    const { trial, standing } = this.control;
    return {
      id: this.#id,
      startedAt: this.#startedAt,
      at: clock.wall(),
      ...standing,
      staleSeconds: Math.round(this.staleMs() / 1_000),
      trial: trial?.number == null ? null : { number: trial.number, arms: trial.arms },
    };
  }

  /** Everything there is to show, without secrets. */
  state() {
    const { trial, standing, config } = this.control;
    return {
      ...standing,
      mode: config.fleet.config,
      file: this.#source.file,
      staleSeconds: Math.round(this.staleMs() / 1_000),
      trial:
        trial === undefined
          ? null
          : {
              hash: trial.hash,
              revision: trial.number,
              percent: trial.percent,
              seconds: Math.round((this.#parts.rt.clock.now() - trial.since) / 1_000),
              verdict: trial.judgement.why,
              old: armView(this.#rollout.arms().old),
              new: armView(this.#rollout.arms().new),
            },
      instances: this.instances.list(),
    };
  }

  /** Revisions, the newest first. Rejects with a StoreError. */
  async revisions(limit?: number): Promise<readonly RevisionView[]> {
    return (await this.#parts.book.list(limit)).map((one) => this.#view(one));
  }

  /** One revision with its text. Rejects with a ConfigRefusal `unknown` or a StoreError. */
  async revision(number: number): Promise<{ readonly revision: RevisionView; readonly text: string }> {
    const found = await this.#found(number);
    return { revision: this.#view(found), text: masked(found.text) };
  }

  /** What a revision changes against another, or against the one in force. Rejects as `revision` does. */
  async changes(number: number, against?: number): Promise<readonly ConfigChange[]> {
    const text = (await this.#found(number)).text;
    return this.control.changes(text, against === undefined ? undefined : (await this.#found(against)).text);
  }

  /** Applies a text here and in the whole fleet. Rejects with a ConfigRefusal; nothing has changed then. */
  apply(request: ApplyRequest): Promise<RevisionView> {
    return this.#inTurn(async () => {
      const { standing, trial } = this.control;
      if (request.expect !== undefined && request.expect !== standing.revision)
        throw new ConfigRefusal(
          "conflict",
          `revision ${standing.revision ?? "unknown"} is in force, not ${request.expect}: read it again`,
        );
      if (trial !== undefined)
        throw new ConfigRefusal("trial_running", "a configuration is on trial: promote or abort it first");
      return this.#apply(request);
    });
  }

  /** Brings a revision back, by default the one before; ends a trial that runs. Rejects with a ConfigRefusal. */
  rollBack(request: {
    readonly to?: number | undefined;
    readonly by: string;
    readonly note?: string | undefined;
  }): Promise<RevisionView> {
    return this.#inTurn(async () => {
      const { book } = this.#parts;
      const pointed = async () => (await this.#rollout.fromStore(() => book.pointed())).pointer;
      if (this.control.trial !== undefined || (this.#shared && (await pointed())?.trial !== undefined)) {
        await this.#rollout.endTrial(false, `by ${request.by}`);
        if (request.to === undefined) return this.#inForce();
      }
      const own = this.control.standing.revision ?? 0;
      const list = await this.#rollout.fromStore(() => book.list(100));
      const pointer = await pointed();
      // The same text keeps its number in a file: the one with the next lower number may have been taken back before.
      const last = Math.min(own - 1, (pointer?.number === own ? pointer.before : undefined) ?? own);
      const before = list.find(
        (one) => one.number <= last && one.fate === undefined && one.hash !== this.control.standing.hash,
      );
      const to = request.to ?? before?.number;
      if (to === undefined) throw new ConfigRefusal("unknown", "there is no revision before the one in force");
      const { text } = await this.#found(to);
      return this.#apply({ text, by: request.by, note: request.note ?? `back to revision ${to}`, canary: 0 }, to);
    });
  }

  /** Puts what is on trial in force everywhere. Rejects with a ConfigRefusal. */
  promote(by: string): Promise<RevisionView> {
    return this.#inTurn(async () => {
      await this.#rollout.endTrial(true, `by ${by}`);
      return this.#inForce();
    });
  }

  /** Ends the trial; the configuration in force stays. Rejects with a ConfigRefusal. */
  abort(by: string): Promise<void> {
    return this.#inTurn(() => this.#rollout.endTrial(false, `by ${by}`));
  }

  /** Reads again what rules: the file, or the fleet's revision; and what it points to. Rejects with a ConfigRefusal. */
  reload(by: string): Promise<"applied" | "unchanged" | "trial"> {
    return this.#inTurn(async () => {
      if (!this.#shared) return this.#takeFile(by);
      await this.#rollout.follow();
      return (await this.control.refresh()) ? "applied" : "unchanged";
    });
  }

  get #shared(): boolean {
    return this.control.config.fleet.config === "shared";
  }

  #followSoon(): void {
    this.#inTurn(() => this.#rollout.follow()).catch((e: Error) => this.#parts.tell("config-note", e.message));
  }

  /** For how long the configuration in force has not been the one that should be, milliseconds. */
  staleMs(): number {
    return this.#rollout.staleMs();
  }

  #filesChanged(files: readonly string[]): void {
    if (!this.control.config.fleet.watch) return;
    void this.#inTurn(async () => {
      const { refused } = this.control.standing;
      const own = files.includes(this.#source.file);
      // A key that was missing has come: what was refused for want of it is tried again.
      if (!own && refused !== null && !refused.tried)
        await (this.#shared ? this.#rollout.follow() : this.#takeFile("file"));
      else if (!own) await this.control.refresh();
      else if (this.#shared)
        this.#parts.tell(
          "config-note",
          `${this.#source.file} has changed, but the fleet's revision rules: fairlead config apply`,
        );
      else await this.#takeFile("file");
    }).catch((e: unknown) => {
      // What was refused was told where that happened.
      if (!ConfigRefusal.is(e))
        this.#parts.tell("config-note", `a changed file was not taken: ${(e as Error).message}`);
    });
  }

  async #takeFile(by: string): Promise<"applied" | "unchanged" | "trial"> {
    let text: string;
    try {
      text = await readFile(this.#source.file, "utf8");
    } catch (e) {
      const why = `${this.#source.file} cannot be read, nothing was applied: ${(e as Error).message}`;
      this.#rollout.stale(true);
      this.control.unread(why);
      throw new ConfigRefusal("invalid", why);
    }
    return this.#rollout.offered(() => this.control.offer({ text, by, number: null }));
  }

  async #apply(request: ApplyRequest, rollbackOf?: number): Promise<RevisionView> {
    const { book, rt } = this.#parts;
    const { text, by, note } = request;
    const checked = await this.control.validate(text);
    if (!checked.ok) throw new ConfigRefusal("invalid", checked.refusal ?? "", checked.problems);
    const percent = request.canary;
    if (!this.#shared) {
      await replaceFile(this.#source.file, text);
      this.#written = configHash(text);
      const result = await this.#rollout.offered(() => this.control.offer({ text, by, note, number: null, percent }));
      const { trial } = this.control;
      if (result !== "trial" || trial === undefined) return this.#inForce();
      // A file's text has no number before it is in force.
      return {
        ...revisionView({ number: 0, hash: trial.hash, at: rt.clock.wall(), by, note, text }, null, undefined),
        state: "canary",
        canaryPercent: trial.percent,
      };
    }
    const made = await this.#rollout.fromStore(async () => {
      const from = await book.pointed();
      if (from.pointer?.trial !== undefined)
        throw new ConfigRefusal("trial_running", "another instance tries a configuration");
      if (from.pointer !== undefined && from.pointer.number !== this.control.standing.revision)
        throw new ConfigRefusal("conflict", `revision ${from.pointer.number} is in force in the fleet: read it again`);
      // What is in force already has nothing to be compared with.
      const share = from.pointer?.hash === configHash(text) ? 0 : (percent ?? (await this.#canaryOf(text)));
      const instances = this.control.config.fleet.canary_instances;
      return book.add(
        from,
        { text, by, note, rollbackOf, at: rt.clock.wall() },
        share > 0 ? { percent: share, instances } : undefined,
      );
    });
    await this.#rollout.announce(made.number);
    await this.#rollout.follow();
    return this.#view(made);
  }

  /** A text that was written into the file here and did not prove good must not be what a restart begins with. */
  async #writeBack(hash: string): Promise<void> {
    if (hash !== this.#written) return;
    this.#written = undefined;
    const { file } = this.#source;
    try {
      // Somebody else's text may stand there meanwhile: it is not ours to take out.
      if (configHash(await readFile(file, "utf8")) !== hash) return;
      await replaceFile(file, this.control.text);
      this.#rollout.stale(false);
    } catch (e) {
      this.#parts.tell("config-note", (e as Error).message);
    }
  }

  async #canaryOf(text: string): Promise<number> {
    const change = (await this.control.changes(text)).find(({ path }) => path === "fleet.canary");
    return Number(change?.after ?? this.control.config.fleet.canary);
  }

  #pollLater(): void {
    if (this.#closed) return;
    const { clock, random } = this.#parts.rt;
    const ms = this.control.config.fleet.poll * (0.7 + random.next() * 0.6);
    this.#poll = clock.timer(ms, () => {
      void this.#inTurn(async () => {
        await this.control.keepAgain();
        await this.control.noteDown();
        if (this.#shared) await this.#rollout.follow();
      })
        .catch(() => {})
        .finally(() => this.#pollLater());
    });
  }

  async #watchFiles(files: readonly string[]): Promise<void> {
    if (!this.#closed) await this.#watch.watch([this.#source.file, ...files]);
  }

  async #found(number: number): Promise<Revision> {
    const found = await this.#rollout.fromStore(() => this.#parts.book.get(number));
    if (found === undefined)
      throw new ConfigRefusal("unknown", `there is no revision ${number}; fairlead config list shows them`);
    return found;
  }

  async #inForce(): Promise<RevisionView> {
    const { standing } = this.control;
    const found =
      standing.revision === null ? undefined : await this.#parts.book.get(standing.revision).catch(() => undefined);
    if (found !== undefined) return this.#view(found);
    // The store has not taken it yet, or is away.
    const { clock } = this.#parts.rt;
    const known = { number: standing.revision ?? 0, hash: standing.hash, at: clock.wall(), by: "file", text: "" };
    return { ...this.#view(known), state: "active" };
  }

  #view(one: Revision): RevisionView {
    return revisionView(one, this.control.standing.revision, this.control.trial);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#turn.then(work);
    this.#turn = next.catch(() => {});
    return next;
  }
}
