// Watches files by what they hold: editors that rename, links that are switched, and files that are written in two goes.

import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Clock, Timer } from "@fairlead/runtime";

/** The numbers of a watch, milliseconds. */
export interface WatchTimes {
  /** How often files are read and compared, whatever the system tells. Default 2,000. */
  readonly pollMs?: number;
  /** A change counts when the content has stayed the same for so long: nothing is taken that is half written. Default 250. */
  readonly settleMs?: number;
}

/** What a file held when it was read last: the digest of its content, or why there is none. */
type Seen = string;

interface Watched {
  /** What whoever listens knows of. */
  known: Seen;
  /** What was read last, and since when it has been so, monotonic milliseconds. */
  latest: Seen;
  since: number;
}

const SOON_MS = 20;

/**
 * A watch over a few small files. The system's notices make it quick; reading makes it sure: a mounted ConfigMap is a chain
 * of links, network file systems tell nothing, and a time stamp may be the same twice.
 */
export class FileWatch {
  readonly #clock: Clock;
  readonly #changed: (files: readonly string[]) => void;
  readonly #pollMs: number;
  readonly #settleMs: number;
  #files = new Map<string, Watched>();
  #folders = new Map<string, FSWatcher>();
  #timer: Timer | undefined;
  #looking = false;
  #again = false;
  #closed = false;

  /** @param changed hears which files hold something else than before and have come to rest */
  constructor(clock: Clock, changed: (files: readonly string[]) => void, times: WatchTimes = {}) {
    this.#clock = clock;
    this.#changed = changed;
    this.#pollMs = times.pollMs ?? 2_000;
    this.#settleMs = times.settleMs ?? 250;
  }

  /** Watches these files from now on, absolute paths; what those hold that were not watched before counts as known. */
  async watch(paths: readonly string[]): Promise<void> {
    const files = new Map<string, Watched>();
    const now = this.#clock.now();
    for (const path of new Set(paths)) {
      const before = this.#files.get(path);
      const seen = before === undefined ? await read(path) : "";
      files.set(path, before ?? { known: seen, latest: seen, since: now });
    }
    if (this.#closed) return;
    this.#files = files;
    this.#watchFolders();
    this.#soon(this.#pollMs);
  }

  /** Stops. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    for (const one of this.#folders.values()) one.close();
    this.#folders.clear();
  }

  #watchFolders(): void {
    const wanted = new Set([...this.#files.keys()].map((path) => dirname(path)));
    for (const [folder, one] of this.#folders) {
      if (wanted.has(folder)) continue;
      one.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) {
      if (this.#folders.has(folder)) continue;
      try {
        const watcher = watch(folder, { persistent: false }, (_, name) => {
          if (name === null || this.#matters(folder, name)) this.#soon(SOON_MS);
        });
        // A folder that goes away, or a system that has no more watches to give: reading goes on.
        watcher.on("error", () => {
          watcher.close();
          this.#folders.delete(folder);
        });
        this.#folders.set(folder, watcher);
      } catch {
        // Reading does it alone.
      }
    }
  }

  /** A notice about a link beside the file (`..data` of a ConfigMap) matters as well as one about the file. */
  #matters(folder: string, name: string): boolean {
    if (name.startsWith("..")) return true;
    for (const path of this.#files.keys()) if (dirname(path) === folder && basename(path) === name) return true;
    return false;
  }

  #soon(ms: number): void {
    if (this.#closed) return;
    this.#timer?.cancel();
    this.#timer = this.#clock.timer(ms, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#looking) {
      this.#again = true;
      return;
    }
    this.#looking = true;
    this.#again = false;
    const settled: string[] = [];
    let moving = false;
    for (const [path, one] of this.#files) {
      const seen = await read(path);
      const now = this.#clock.now();
      if (seen !== one.latest) {
        one.latest = seen;
        one.since = now;
      }
      if (one.latest === one.known) continue;
      if (now - one.since >= this.#settleMs) {
        one.known = one.latest;
        settled.push(path);
      } else moving = true;
    }
    this.#looking = false;
    if (this.#closed) return;
    this.#soon(this.#again ? SOON_MS : moving ? this.#settleMs : this.#pollMs);
    if (settled.length > 0) this.#changed(settled);
  }
}

async function read(path: string): Promise<Seen> {
  try {
    return createHash("sha256")
      .update(await readFile(path))
      .digest("hex");
  } catch (e) {
    return (e as NodeJS.ErrnoException).code ?? "unreadable";
  }
}
