// A part of stored projects as the room that understands it reads it: once for each value that the store holds.

import type { z } from "zod";

/** Values that are kept read. */
const KEPT = 1_000;

/** Reads one part of stored projects. */
export class StoredPart<T> {
  readonly #kept: (project: string) => unknown;
  readonly #shape: z.ZodType<T | undefined>;
  readonly #read = new Map<string, { readonly kept: unknown; readonly value: T | undefined }>();

  /** @param kept the part of a project as it is kept; undefined when it has none. What the store holds is replaced, never changed in place */
  constructor(kept: (project: string) => unknown, shape: z.ZodType<T | undefined>) {
    this.#kept = kept;
    this.#shape = shape;
  }

  /** The part; undefined when the project has none, or one that this version cannot read. */
  of(project: string): T | undefined {
    const kept = this.#kept(project);
    if (kept === undefined) return undefined;
    const known = this.#read.get(project);
    if (known?.kept === kept) return known.value;
    const read = this.#shape.safeParse(kept);
    const value = read.success ? read.data : undefined;
    if (this.#read.size >= KEPT) this.#read.clear();
    this.#read.set(project, { kept, value });
    return value;
  }
}
