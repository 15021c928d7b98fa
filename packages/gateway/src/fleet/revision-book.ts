// Revisions of the configuration in the records: numbered texts, and the pointer that says which one counts.

import { createHash } from "node:crypto";
import { type Json, type Records, type RecordWrite, StoreError } from "@fairlead/stores";

/** A text that was applied, or is to be. Secrets are references in it, never values. */
export interface Revision {
  /** 1, 2, 3, … */
  readonly number: number;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Who applied it: `file`, `user:…`, `key:…`. */
  readonly by: string;
  readonly note?: string | undefined;
  /** The number whose text this one brings back. */
  readonly rollbackOf?: number | undefined;
  /** What became of it, when it was given up. */
  readonly fate?: { readonly state: "rolled-back" | "refused"; readonly why: string } | undefined;
  readonly text: string;
}

/** A revision that is tried beside the one in force. */
export interface Trial {
  readonly number: number;
  readonly hash: string;
  /** Percent of the requests, and of the instances. */
  readonly percent: number;
  readonly instances: number;
  /** Unix milliseconds at which it began. */
  readonly at: number;
}

/** What counts now. */
export interface Pointer {
  readonly number: number;
  readonly hash: string;
  /** The number that counted before this one. */
  readonly before?: number | undefined;
  readonly trial?: Trial | undefined;
}

/** A pointer and the version of its record, 0 when there is none yet. */
export interface Pointed {
  readonly pointer: Pointer | undefined;
  readonly version: number;
}

/** A new revision before it has a number. */
export type NewRevision = Pick<Revision, "text" | "at" | "by" | "note" | "rollbackOf">;

const KIND = "config-revision";
const POINTER = { kind: "config", id: "current" } as const;
/** The newest revisions that are kept. */
const KEPT = 500;
/** Ids count down, so that a list begins with the newest. */
const LAST = 9_999_999_999;
const TRIES = 5;

/** SHA-256 of a configuration's text, hex. */
export function configHash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The book of revisions. Every method rejects with a StoreError. */
export class RevisionBook {
  readonly #records: Records;

  constructor(records: Records) {
    this.#records = records;
  }

  /** What counts now. */
  async pointed(): Promise<Pointed> {
    const found = await this.#records.get(POINTER.kind, POINTER.id);
    return found === undefined
      ? { pointer: undefined, version: 0 }
      : { pointer: found.value as unknown as Pointer, version: found.version };
  }

  async get(number: number): Promise<Revision | undefined> {
    return (await this.#records.get(KIND, idOf(number)))?.value as unknown as Revision | undefined;
  }

  /** The newest first. */
  async list(limit = 50): Promise<readonly Revision[]> {
    return (await this.#records.list(KIND, "", limit)).map(({ value }) => value as unknown as Revision);
  }

  /**
   * Adds a revision and moves the pointer with it, or only the pointer's trial. Rejects with `conflict` when somebody else
   * moved the pointer since `from` was read.
   */
  async add(from: Pointed, made: NewRevision, trial?: Pick<Trial, "percent" | "instances">): Promise<Revision> {
    const [newest] = await this.list(1);
    const number = (newest?.number ?? 0) + 1;
    const hash = configHash(made.text);
    const revision: Revision = { number, hash, ...made };
    const before = from.pointer;
    const pointer: Pointer =
      trial === undefined || before === undefined
        ? { number, hash, before: before?.number }
        : { ...before, trial: { number, hash, at: made.at, ...trial } };
    const writes: RecordWrite[] = [
      { kind: KIND, id: idOf(number), value: json(revision), expect: 0 },
      { ...POINTER, value: json(pointer), expect: from.version },
    ];
    if (number > KEPT) writes.push({ kind: KIND, id: idOf(number - KEPT), value: undefined, expect: "any" });
    await this.#records.write(writes);
    return revision;
  }

  /** Ends the trial: its revision counts for all from now on, or is given up for a reason. */
  async endTrial(from: Pointed, promoted: boolean, why = ""): Promise<void> {
    const { pointer } = from;
    if (pointer?.trial === undefined) return;
    const { number, hash } = promoted ? pointer.trial : pointer;
    const before = promoted ? pointer.number : pointer.before;
    const writes: RecordWrite[] = [{ ...POINTER, value: json({ number, hash, before }), expect: from.version }];
    const tried = promoted ? undefined : await this.get(pointer.trial.number);
    if (tried !== undefined) {
      const fate = { state: "rolled-back", why };
      writes.push({ kind: KIND, id: idOf(tried.number), value: json({ ...tried, fate }), expect: "any" });
    }
    await this.#records.write(writes);
  }

  /**
   * Notes a text that an instance took from its file. The same text has the same number wherever and whenever it is noted,
   * as far as the newest revisions go: instances whose files are alike show the same revision.
   */
  async note(made: NewRevision): Promise<Revision> {
    const hash = configHash(made.text);
    for (let i = 0; ; i++) {
      try {
        const from = await this.pointed();
        if (from.pointer?.hash === hash) {
          const found = await this.get(from.pointer.number);
          if (found !== undefined) return found;
        }
        const known = (await this.list(100)).find((one) => one.hash === hash);
        if (known === undefined) return await this.add(from, made);
        const pointer: Pointer = { number: known.number, hash, before: from.pointer?.number };
        await this.#records.write([{ ...POINTER, value: json(pointer), expect: from.version }]);
        return known;
      } catch (e) {
        if (!StoreError.is(e) || e.code !== "conflict" || i >= TRIES) throw e;
      }
    }
  }
}

function idOf(number: number): string {
  return String(LAST - number).padStart(10, "0");
}

function json(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
