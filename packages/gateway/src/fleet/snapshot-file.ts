// A small file that must be whole or not count: written beside, synced, renamed, for its owner alone, with a checksum.

import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What a snapshot came to. `missing`: there is none; `corrupt`: there is one that must not be used, and why. */
export type Snapshot<T> =
  | { readonly is: "whole"; readonly at: number; readonly value: T }
  | { readonly is: "missing" }
  | { readonly is: "corrupt"; readonly why: string };

const FORM = 1;

/** One snapshot. It holds digests and references, never secrets. */
export class SnapshotFile<T> {
  readonly path: string;
  readonly #kind: string;
  #writing: Promise<void> = Promise.resolve();

  /** @param kind what is in it, so that one file is not taken for another */
  constructor(path: string, kind: string) {
    this.path = path;
    this.#kind = kind;
  }

  /** Replaces it. Writes follow each other in the order of the calls. Rejects with the system's error. */
  write(value: T, at: number): Promise<void> {
    const next = this.#writing.then(() => this.#put(value, at));
    this.#writing = next.catch(() => {});
    return next;
  }

  /** Reads it. Never rejects. */
  async read(): Promise<Snapshot<T>> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (e) {
      const { code, message } = e as NodeJS.ErrnoException;
      return code === "ENOENT" ? { is: "missing" } : { is: "corrupt", why: `it cannot be read: ${message}` };
    }
    let held: { form?: unknown; kind?: unknown; at?: unknown; sum?: unknown; value?: unknown };
    try {
      held = JSON.parse(text) as typeof held;
    } catch {
      return { is: "corrupt", why: "it is not whole" };
    }
    if (typeof held !== "object" || held === null || held.kind !== this.#kind)
      return { is: "corrupt", why: `it holds no ${this.#kind}` };
    if (held.form !== FORM) return { is: "corrupt", why: `its form ${String(held.form)} is not known to this version` };
    if (typeof held.at !== "number" || held.sum !== sumOf(this.#kind, held.at, held.value))
      return { is: "corrupt", why: "its checksum is wrong" };
    return { is: "whole", at: held.at, value: held.value as T };
  }

  async #put(value: T, at: number): Promise<void> {
    const plain = JSON.parse(JSON.stringify(value)) as unknown;
    const text = JSON.stringify({ form: FORM, kind: this.#kind, at, sum: sumOf(this.#kind, at, plain), value: plain });
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    const beside = `${this.path}.new`;
    // Another mode than asked for would stay on a file that is there already.
    await rm(beside, { force: true });
    const file = await open(beside, "wx", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.path);
    const folder = await open(dirname(this.path), "r");
    await folder.sync().catch(() => {});
    await folder.close();
  }
}

function sumOf(kind: string, at: number, value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify([FORM, kind, at, value]))
    .digest("hex");
}
