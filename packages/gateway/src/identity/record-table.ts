// Records of one kind with their shape: what the books and the directory read and write.

import { type Records, type RecordWrite, type StoredRecord, StoreError } from "@fairlead/stores";
import { z } from "zod";
import { knownKeys } from "../config/known-keys.ts";
import type { Path } from "../config/problem.ts";
import { IdentityError } from "./identity-error.ts";

/** A record that was read and has its shape. */
export interface Row<T> {
  readonly id: string;
  readonly version: number;
  readonly value: T;
}

/** Records of a kind. Methods reject with an IdentityError. */
export class RecordTable<S extends z.ZodType> {
  readonly #records: Records;
  readonly #kind: string;
  readonly #shape: S;

  constructor(records: Records, kind: string, shape: S) {
    this.#records = records;
    this.#kind = kind;
    this.#shape = shape;
  }

  async get(id: string): Promise<Row<z.infer<S>> | undefined> {
    const found = await told(this.#records.get(this.#kind, id));
    return found === undefined ? undefined : this.read(found);
  }

  /** One page by id; records that do not have the shape (those of a later version) are left out. */
  async list(after?: string, limit?: number): Promise<readonly Row<z.infer<S>>[]> {
    const found = await told(this.#records.list(this.#kind, after, limit));
    return found.flatMap((one) => this.read(one) ?? []);
  }

  /** All of them by id, after `after`, read page by page. */
  async *each(after?: string): AsyncGenerator<Row<z.infer<S>>> {
    let from = after;
    for (;;) {
      const page = await told(this.#records.list(this.#kind, from, 1_000));
      for (const one of page) {
        const row = this.read(one);
        if (row !== undefined) yield row;
      }
      from = page.at(-1)?.id;
      if (page.length < 1_000) return;
    }
  }

  /** The write of a value; undefined removes. */
  change(id: string, value: z.infer<S> | undefined, expect: number | "any", expiresAt?: number): RecordWrite {
    // Undefined fields have no place in JSON.
    const json = value === undefined ? undefined : JSON.parse(JSON.stringify(value));
    return { kind: this.#kind, id, value: json, expect, expiresAt };
  }

  /** All writes or none. `conflict` when a record is not at the version expected. */
  async write(...writes: readonly RecordWrite[]): Promise<readonly number[]> {
    return told(this.#records.write(writes));
  }

  /** A record by its shape; undefined when it has another. */
  read({ id, version, value }: StoredRecord): Row<z.infer<S>> | undefined {
    const read = this.#shape.safeParse(value);
    return read.success ? { id, version, value: read.data } : undefined;
  }
}

/** What a store says, in the words of this room. */
export async function told<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (e) {
    if (!StoreError.is(e)) throw e;
    if (e.code === "conflict") {
      throw new IdentityError("conflict", "somebody else changed this at the same moment; read it again and repeat");
    }
    if (e.code === "invalid") throw new IdentityError("invalid", e.message);
    throw new IdentityError("unavailable", `the store does not take changes at the moment: ${e.message}`);
  }
}

/** A value by a shape, or an IdentityError that names the first bad field. */
export function checked<S extends z.ZodType>(shape: S, value: unknown, at = ""): z.infer<S> {
  const read = shape.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const path = [at, ...(issue?.path ?? []).map(String)].filter((step) => step !== "").join(".");
  const says = issue === undefined ? "is wrong" : problem(shape, issue);
  throw new IdentityError("invalid", `${path === "" ? "the value" : path}: ${says}`, path);
}

/** What is wrong; of a field that is not known, which there are. */
function problem(shape: z.ZodType, issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const known = knownKeys(z.toJSONSchema(shape, { io: "input", unrepresentable: "any" }))(issue.path as Path);
  const odd = issue.keys.slice(0, 5).map((key) => JSON.stringify(key.slice(0, 40)));
  return `${odd.join(", ")} is not known here${known.length === 0 ? "" : `; known: ${known.join(", ")}`}`;
}
