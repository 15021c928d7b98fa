// Which configuration an instance starts with: its file's, the fleet's, or the last that was known to be good.

import { formatRfc3339 } from "@fairlead/protocol";
import type { Clock } from "@fairlead/runtime";
import { type Records, StoreError } from "@fairlead/stores";
import type { Config } from "../config/config.ts";
import type { Loaded } from "../config/load.ts";
import { ConfigReader, type ConfigSource } from "./config-reader.ts";
import { ConfigRefusal } from "./config-refusal.ts";
import { configHash, type Revision, RevisionBook } from "./revision-book.ts";
import type { SnapshotFile } from "./snapshot-file.ts";

/** What is kept on disk of the configuration in force: its text with references, never what they point to. */
export interface KnownGood {
  readonly text: string;
  readonly hash: string;
  readonly revision: number | null;
}

/** What to start with. */
export interface Beginning {
  readonly config: Config;
  readonly files: readonly string[];
  readonly text: string;
  readonly revision: number | null;
  readonly source: "file" | "shared" | "last-known-good";
  /** Who made it and when, where that is known. */
  readonly made?: Pick<Revision, "at" | "by" | "note"> | undefined;
  /** What the operator should know: why it is not what was asked for. */
  readonly words: readonly string[];
}

/** A start waits so long for the store, milliseconds: a cold start must not. */
const STORE_MS = 1_000;

/**
 * Decides. With `fleet.config: file` that is the file. With `shared` it is the store's current revision; where the store does
 * not answer in a second, or its revision cannot be used here, the last one that was in force on this instance; where there
 * is none, or it is corrupt, the file. The first instance of a fleet makes its file the first revision.
 */
export async function beginning(
  local: Loaded,
  source: ConfigSource,
  records: Records,
  snapshot: SnapshotFile<KnownGood>,
  clock: Clock,
): Promise<Beginning> {
  const own = { config: local.config, files: local.files, text: source.text, revision: null, source: "file" } as const;
  if (local.config.fleet.config === "file") return { ...own, words: [] };
  const reader = new ConfigReader(source, local.config, clock);
  const words: string[] = [];
  try {
    const { text, ...made } = await inTime(clock, current(new RevisionBook(records), source.text, clock));
    const read = await reader.shared(text);
    return { ...read, text, revision: made.number, source: "shared", made, words };
  } catch (e) {
    if (!StoreError.is(e) && !ConfigRefusal.is(e)) throw e;
    words.push(
      StoreError.is(e)
        ? `the store does not tell the shared configuration: ${e.message}`
        : `the shared configuration was refused: ${e.message}`,
    );
  }
  const kept = await snapshot.read();
  if (kept.is === "whole") {
    try {
      const { text, revision } = kept.value;
      const read = await reader.shared(text);
      words.push(`started with the last configuration that was good here, of ${formatRfc3339(kept.at)}`);
      const made = { at: kept.at, by: "last-known-good" };
      return { ...read, text, revision, source: "last-known-good", made, words };
    } catch (e) {
      if (!ConfigRefusal.is(e)) throw e;
      words.push(`the last known good configuration was refused: ${e.message}`);
    }
  } else if (kept.is === "corrupt") words.push(`${snapshot.path} is not used: ${kept.why}; remove it`);
  words.push(`started with the file ${source.file}`);
  return { ...own, words };
}

async function current(book: RevisionBook, text: string, clock: Clock): Promise<Revision> {
  for (;;) {
    const from = await book.pointed();
    if (from.pointer !== undefined) {
      const revision = await book.get(from.pointer.number);
      if (revision === undefined || configHash(revision.text) !== from.pointer.hash)
        throw new ConfigRefusal("unknown", `the store holds no whole revision ${from.pointer.number}`);
      return revision;
    }
    try {
      return await book.add(from, { text, at: clock.wall(), by: "file", note: "the first instance's file" });
    } catch (e) {
      // Another instance was quicker.
      if (!StoreError.is(e) || e.code !== "conflict") throw e;
    }
  }
}

function inTime<T>(clock: Clock, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.timer(STORE_MS, () => reject(new StoreError("unavailable", `no answer within ${STORE_MS} ms`)));
    work.then(resolve, reject).finally(() => timer.cancel());
  });
}
