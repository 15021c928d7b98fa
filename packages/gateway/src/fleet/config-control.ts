// The one hand that changes the configuration in force: from the file, from the fleet's revisions, by people; all or nothing.

import type { Runtime } from "@fairlead/runtime";
import { StoreError } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import type { Loaded } from "../config/load.ts";
import { describeConfig } from "../config/print.ts";
import type { Problem } from "../config/problem.ts";
import type { Generation } from "../server/generation.ts";
import type { Generations } from "../server/generations.ts";
import { type ConfigChange, configChanges } from "./config-changes.ts";
import type { ConfigReader } from "./config-reader.ts";
import { ConfigRefusal } from "./config-refusal.ts";
import type { Beginning, KnownGood } from "./config-start.ts";
import type { InstanceState } from "./instances.ts";
import { configHash, type Revision, type RevisionBook } from "./revision-book.ts";
import type { SnapshotFile } from "./snapshot-file.ts";
import { type Arms, count, emptyArms, type Judgement } from "./trial-arms.ts";

/** What happened, for the log. */
export type ConfigEvent = "config-applied" | "config-refused" | "config-canary" | "config-rolled-back" | "config-note";

/** What the hand works with. */
export interface ControlParts {
  readonly rt: Runtime;
  readonly book: RevisionBook;
  readonly generations: Generations;
  readonly reader: ConfigReader;
  readonly snapshot: SnapshotFile<KnownGood>;
  readonly begun: Beginning;
  tell(event: ConfigEvent, detail: string): void;
  /** Counts one attempt to apply: applied, unchanged, refused, trial, rolled-back. */
  counted(result: "applied" | "unchanged" | "refused" | "trial" | "rolled-back"): void;
  /** Which files belong to the configuration now. */
  files(files: readonly string[]): void;
}

/** A configuration that is tried. */
export interface Tried {
  readonly hash: string;
  readonly text: string;
  readonly by: string;
  readonly note: string | undefined;
  /** Null while its number is not known. */
  readonly number: number | null;
  /** Unix milliseconds at which somebody made it. */
  readonly at: number;
  readonly percent: number;
  readonly generation: Generation;
  readonly files: readonly string[];
  /** Monotonic milliseconds. */
  readonly since: number;
  readonly arms: Arms;
  /** What was judged last. */
  judgement: Judgement;
}

/** A text that comes to be applied. */
export interface Offer {
  readonly text: string;
  readonly by: string;
  readonly note?: string | undefined;
  readonly number: number | null;
  /** When somebody made it, Unix milliseconds. Undefined: now. */
  readonly at?: number | undefined;
  /** Tried on this share of the requests first; 0 for at once. Undefined: as its own `fleet.canary` says. */
  readonly percent?: number | undefined;
}

/** What is known of the configuration here. All of it may be shown: no secrets. */
export interface Standing {
  readonly hash: string;
  readonly revision: number | null;
  readonly source: InstanceState["source"];
  readonly refused: InstanceState["refused"];
}

/** Who made the configuration in force, and when. */
export type Made = Pick<Revision, "at" | "by" | "note">;

/** Applies configurations to this instance. Calls must follow each other: `ConfigFleet` sees to that. */
export class ConfigControl {
  readonly #parts: ControlParts;
  #text: string;
  #standing: Standing;
  #made: Made;
  #config: Config;
  #trial: Tried | undefined;
  /** Files of the configuration in force. */
  #files: readonly string[];
  /** Revisions of texts in force that the store has not taken yet. */
  #unnoted: { readonly text: string; readonly by: string; readonly note: string | undefined } | undefined;
  /** The configuration in force could not be written down. */
  #unkept = false;
  /** Whether it was told that the store's form is not known to this version. */
  #newer = false;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    const { text, revision, source, config, made } = parts.begun;
    this.#text = text;
    this.#made = made ?? { at: parts.rt.clock.wall(), by: "file" };
    this.#config = config;
    this.#files = parts.begun.files;
    this.#standing = { hash: configHash(text), revision, source, refused: null };
    // With a shared configuration a file that had to do for a start is nobody's revision.
    if (config.fleet.config === "file") this.#unnoted = { text, by: "file", note: undefined };
  }

  /** The configuration in force, and what is known of it. */
  get standing(): Standing {
    return this.#standing;
  }

  get made(): Made {
    return this.#made;
  }

  get config(): Config {
    return this.#config;
  }

  get text(): string {
    return this.#text;
  }

  get trial(): Tried | undefined {
    return this.#trial;
  }

  /** Whether a text has problems, warnings, or none. Changes nothing. */
  async validate(text: string): Promise<{
    readonly ok: boolean;
    readonly problems: readonly Problem[];
    readonly warnings: readonly Problem[];
    readonly refusal?: string;
  }> {
    try {
      const { generation, read } = await this.#prepare(text);
      this.#parts.generations.drop(generation);
      return { ok: true, problems: [], warnings: read.warnings };
    } catch (e) {
      if (!ConfigRefusal.is(e)) throw e;
      return { ok: false, problems: e.problems, warnings: [], refusal: e.message };
    }
  }

  /** What a text would change against the one in force, secrets masked. Rejects with a ConfigRefusal when it cannot be read. */
  async changes(text: string, against?: string): Promise<ConfigChange[]> {
    const before = against === undefined ? this.#config : (await this.#read(against)).config;
    return configChanges(describeConfig(before), describeConfig((await this.#read(text)).config));
  }

  /**
   * Applies a text: at once, or on trial. Gives what came of it; throws a ConfigRefusal, and then nothing has changed but
   * that the refusal is known.
   */
  async offer(offer: Offer): Promise<"applied" | "unchanged" | "trial"> {
    const hash = configHash(offer.text);
    if (hash === this.#standing.hash) {
      this.#clear();
      if (this.#trial !== undefined) this.giveUp("the text was taken back");
      if (offer.number !== null) {
        this.#standing = { ...this.#standing, revision: offer.number };
        this.#made = { at: offer.at ?? this.#made.at, by: offer.by, note: offer.note };
      }
      return (await this.refresh()) ? "applied" : "unchanged";
    }
    if (this.#trial?.hash === hash && this.#trial.number === offer.number) return "unchanged";
    const { generation, read } = await this.#attempt(offer.text, hash, offer.number);
    if (this.#trial !== undefined) this.giveUp("another configuration came");
    const percent = offer.percent ?? read.config.fleet.canary;
    if (percent > 0) {
      this.#begin(offer, hash, percent, generation, read);
      return "trial";
    }
    await this.#use(offer, hash, generation, read);
    return "applied";
  }

  /** Reads again what the configuration points to. True when something is new and in force; throws a ConfigRefusal. */
  async refresh(): Promise<boolean> {
    const { hash, revision } = this.#standing;
    const { generation, read } = await this.#attempt(this.#text, hash, revision);
    if (same(read.config, this.#config)) {
      this.#parts.generations.drop(generation);
      this.#belong(read.files);
      this.#clear();
      this.#parts.counted("unchanged");
      return false;
    }
    const trial = this.#trial;
    this.#config = read.config;
    this.#trial = undefined;
    this.#parts.generations.use(generation);
    this.#belong(read.files);
    this.#clear();
    this.#parts.counted("applied");
    this.#parts.tell("config-applied", `${this.#name()}: what it points to was read again`);
    this.#tellWaiting();
    // What is on trial points to the same files: it goes on with them, and what was seen counts on.
    if (trial !== undefined) {
      const again = await this.#attempt(trial.text, trial.hash, trial.number);
      this.#trial = { ...trial, generation: again.generation };
      this.#watch(this.#trial);
      this.#parts.generations.trial(again.generation, trial.percent, trial.hash);
    }
    return true;
  }

  /** Puts what is tried in force. Throws a ConfigRefusal when nothing is. */
  async promote(why: string): Promise<void> {
    const trial = this.#trial;
    if (trial === undefined) throw new ConfigRefusal("no_trial", "no configuration is on trial");
    this.#unwatch(trial);
    this.#parts.tell("config-canary", `${short(trial.hash)} is promoted: ${why}`);
    await this.#use(trial, trial.hash, trial.generation, { config: trial.generation.config, files: trial.files });
  }

  /** Gives up what is tried. Requests that it serves are finished. */
  giveUp(why: string): void {
    const trial = this.#trial;
    if (trial === undefined) return;
    this.#unwatch(trial);
    this.#parts.generations.abandon();
    this.#refuse(trial.hash, trial.number, `rolled back: ${why}`, true);
    this.#parts.counted("rolled-back");
    this.#parts.tell("config-rolled-back", `${short(trial.hash)}: ${why}; ${this.#name()} stays in force`);
  }

  /** Notes a configuration from a file in the book, when the store takes it; tried again at each call. Never rejects. */
  async noteDown(): Promise<void> {
    const open = this.#unnoted;
    if (open === undefined) return;
    try {
      const made = { text: open.text, by: open.by, note: open.note, at: this.#parts.rt.clock.wall() };
      const noted = await this.#parts.book.note(made);
      if (this.#unnoted === open) this.#unnoted = undefined;
      if (this.#standing.hash !== noted.hash) return;
      this.#standing = { ...this.#standing, revision: noted.number };
      this.#made = noted;
    } catch (e) {
      if (!StoreError.is(e)) throw e;
      if (e.code === "newer" && !this.#newer) this.#parts.tell("config-note", e.message);
      this.#newer ||= e.code === "newer";
    }
  }

  #begin(offer: Offer, hash: string, percent: number, generation: Generation, read: Loaded): void {
    const { rt, generations } = this.#parts;
    const judgement: Judgement = { what: "go-on", why: "it has just begun" };
    this.#trial = {
      hash,
      text: offer.text,
      by: offer.by,
      note: offer.note,
      at: offer.at ?? rt.clock.wall(),
      number: offer.number,
      percent,
      generation,
      files: read.files,
      since: rt.clock.now(),
      arms: emptyArms(),
      judgement,
    };
    this.#watch(this.#trial);
    this.#clear();
    generations.trial(generation, percent, hash);
    this.#parts.files([...this.#files, ...read.files]);
    this.#parts.counted("trial");
    this.#parts.tell("config-canary", `${short(hash)} serves ${percent} % of the requests beside ${this.#name()}`);
  }

  #watch(trial: Tried): void {
    trial.generation.watch.hear = (failed, firstMs) => count(trial.arms.new, failed, firstMs);
    this.#parts.generations.current.watch.hear = (failed, firstMs) => count(trial.arms.old, failed, firstMs);
  }

  #unwatch(trial: Tried): void {
    this.#trial = undefined;
    trial.generation.watch.hear = undefined;
    this.#parts.generations.current.watch.hear = undefined;
  }

  async #use(
    offer: Omit<Offer, "percent">,
    hash: string,
    generation: Generation,
    read: Pick<Loaded, "config" | "files">,
  ): Promise<void> {
    const { generations, snapshot } = this.#parts;
    const fromFile = this.#config.fleet.config === "file";
    generations.use(generation);
    this.#text = offer.text;
    this.#made = { at: offer.at ?? this.#parts.rt.clock.wall(), by: offer.by, note: offer.note };
    this.#config = read.config;
    this.#standing = { hash, revision: offer.number, source: fromFile ? "file" : "shared", refused: null };
    this.#unnoted = fromFile ? { text: offer.text, by: offer.by, note: offer.note } : undefined;
    this.#belong(read.files);
    this.#parts.counted("applied");
    this.#parts.tell("config-applied", `${this.#name()} by ${offer.by}`);
    this.#tellWaiting();
    await this.noteDown();
    await this.keep().catch((e: Error) =>
      this.#parts.tell("config-note", `${snapshot.path} cannot be written: ${e.message}`),
    );
  }

  #tellWaiting(): void {
    const names = this.#parts.reader.waiting(this.#config);
    const words = "what this instance's own file said at its start stays until a restart";
    if (names.length > 0) this.#parts.tell("config-note", `${names.join(", ")}: ${words}`);
  }

  /** The file could not be read at all: known and told as any other refusal, once for each reason. */
  unread(why: string): void {
    const known = this.#standing.refused;
    this.#refuse("", null, why);
    this.#parts.counted("refused");
    if (known?.why !== why) this.#parts.tell("config-refused", why);
  }

  /** Writes the configuration in force down for a cold start. Rejects with the system's error. */
  async keep(): Promise<void> {
    const { hash, revision } = this.#standing;
    this.#unkept = true;
    await this.#parts.snapshot.write({ text: this.#text, hash, revision }, this.#parts.rt.clock.wall());
    this.#unkept = false;
  }

  /** Writes down what the disk did not take. Never rejects. */
  async keepAgain(): Promise<void> {
    if (this.#unkept) await this.keep().catch(() => {});
  }

  /** Builds, or makes the refusal known and throws it. */
  async #attempt(text: string, hash: string, number: number | null): Promise<{ generation: Generation; read: Loaded }> {
    try {
      return await this.#prepare(text);
    } catch (e) {
      if (!ConfigRefusal.is(e)) throw e;
      const known = this.#standing.refused;
      this.#refuse(hash, number, e.message);
      if (e.files.length > 0) this.#parts.files([...this.#files, ...e.files]);
      this.#parts.counted("refused");
      if (known?.why !== e.message) this.#parts.tell("config-refused", e.message);
      throw e;
    }
  }

  async #prepare(text: string): Promise<{ generation: Generation; read: Loaded }> {
    const read = await this.#read(text);
    try {
      return { read, generation: await this.#parts.generations.build(read.config) };
    } catch (e) {
      throw new ConfigRefusal("unfit", `nothing was applied: ${(e as Error).message}`);
    }
  }

  #read(text: string): Promise<Loaded> {
    const { reader } = this.#parts;
    return this.#config.fleet.config === "shared" ? reader.shared(text) : reader.file(text);
  }

  #refuse(hash: string, revision: number | null, why: string, tried = false): void {
    this.#standing = { ...this.#standing, refused: { hash, revision, why, tried } };
  }

  #belong(files: readonly string[]): void {
    this.#files = files;
    this.#parts.files(files);
  }

  #clear(): void {
    if (this.#standing.refused !== null) this.#standing = { ...this.#standing, refused: null };
  }

  #name(): string {
    const { revision, hash } = this.#standing;
    return revision === null ? short(hash) : `revision ${revision} (${short(hash)})`;
  }
}

/** How a hash is shown to people. */
export function short(hash: string): string {
  return hash.slice(0, 12);
}

/** Keys that are looked after while the gateway runs need no reload. */
function same(a: Config, b: Config): boolean {
  const plain = ({ upstreams, ...rest }: Config) =>
    JSON.stringify([rest, upstreams.map((one) => (one.api_key_from === undefined ? one : { ...one, api_key: "" }))]);
  return plain(a) === plain(b);
}
