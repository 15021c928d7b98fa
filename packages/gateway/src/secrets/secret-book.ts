// The secrets of a running gateway: files are watched, managers asked again and again, and the last good value is kept.

import { between, type Runtime, type Timer } from "@fairlead/runtime";
import { fileStamp } from "./key-file.ts";
import { SecretManagers } from "./secret-managers.ts";
import type { SecretOptions } from "./secret-options.ts";
import type { SecretOrigin, SecretReference } from "./secret-reference.ts";
import { type ReadResult, SecretSource } from "./secret-source.ts";

/** Who hears of it. Names are references, never values. */
export interface SecretNews {
  /** A reading went so. `message` says why it failed, at the first of several failures in a row; else it is empty. */
  read?(origin: SecretOrigin, result: ReadResult, reference: string, message: string): void;
  /** A secret has another value now. */
  changed?(reference: string): void;
}

/** Share of the interval by which readings of managers are spread, so that instances do not ask at once. */
const JITTER = 0.1;

interface Entry {
  readonly ref: SecretReference;
  readonly source: SecretSource;
  timer: Timer | undefined;
  stamp: string;
}

/** Belongs to one configuration in force; `close` it when another takes over. */
export class SecretBook {
  readonly #rt: Runtime;
  readonly #options: SecretOptions;
  readonly #managers: SecretManagers;
  readonly #news: SecretNews;
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  constructor(options: SecretOptions, rt: Runtime, news: SecretNews = {}) {
    this.#options = options;
    this.#rt = rt;
    this.#managers = new SecretManagers(options, rt.clock);
    this.#news = news;
  }

  /** The secret of a reference, looked after from now on. `value` is what it was when the configuration was loaded. */
  source(ref: SecretReference, value: string): SecretSource {
    const before = this.#entries.get(ref.text);
    if (before !== undefined) {
      // A load that has just read it may know more.
      before.source.learn(value);
      return before.source;
    }
    let failing = false;
    const source: SecretSource = new SecretSource(
      value,
      this.#rt.clock,
      () => (ref.kind === "env" ? Promise.resolve(value) : this.#managers.read(ref)),
      (result, message) => {
        if (this.#closed) return;
        if (ref.kind !== "env") this.#news.read?.(ref.kind, result, ref.text, failing ? "" : message);
        failing = result === "failed";
        if (result === "changed") this.#news.changed?.(ref.text);
      },
    );
    const entry: Entry = { ref, source, timer: undefined, stamp: "" };
    this.#entries.set(ref.text, entry);
    if (ref.kind === "file") {
      // Empty at first: the file may have changed between the load and now.
      this.#watch(ref.path, entry);
    } else if (ref.kind !== "env") this.#ask(entry);
    return source;
  }

  /** The value that a reference has now; undefined when it is not looked after here. */
  known(reference: string): string | undefined {
    return this.#entries.get(reference)?.source.current();
  }

  /** How long ago the secret of an origin that was read longest ago was read, seconds. */
  ages(): ReadonlyArray<{ readonly origin: SecretOrigin; readonly seconds: number }> {
    const ages = new Map<SecretOrigin, number>();
    const now = this.#rt.clock.now();
    for (const { ref, source } of this.#entries.values()) {
      if (ref.kind === "env") continue;
      ages.set(ref.kind, Math.max(ages.get(ref.kind) ?? 0, (now - source.readAt) / 1_000));
    }
    return [...ages].map(([origin, seconds]) => ({ origin, seconds }));
  }

  close(): void {
    this.#closed = true;
    for (const { timer } of this.#entries.values()) timer?.cancel();
    this.#managers.close();
  }

  /** Looks at a file's stamp; reads it when that is another, and again each time while it cannot be read. */
  #watch(path: string, entry: Entry): void {
    const look = async () => {
      const stamp = fileStamp(path);
      if (stamp !== entry.stamp) {
        const result = await entry.source.refresh();
        // Stamped before the reading: what is written meanwhile is seen the next time.
        entry.stamp = result === "failed" ? "" : stamp;
        // A file that did not change is as good as read.
      } else entry.source.readAt = this.#rt.clock.now();
      if (!this.#closed) entry.timer = this.#rt.clock.timer(this.#options.file_check, look);
    };
    entry.timer = this.#rt.clock.timer(this.#options.file_check, look);
  }

  #ask(entry: Entry): void {
    const wait = this.#options.refresh * between(this.#rt.random, 1 - JITTER, 1 + JITTER);
    entry.timer = this.#rt.clock.timer(wait, async () => {
      await entry.source.refresh();
      if (!this.#closed) this.#ask(entry);
    });
  }
}
