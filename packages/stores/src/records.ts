// Records: the few things that admins change (projects, keys, tokens, revisions), versioned, with a feed of changes.

import type { Json } from "./json.ts";

/** One record as it stands. */
export interface StoredRecord {
  readonly kind: string;
  readonly id: string;
  /** 1 for a new one, one more with each change. */
  readonly version: number;
  readonly value: Json;
  /** Unix milliseconds; from then on it is as if it were not there. */
  readonly expiresAt?: number | undefined;
}

/** One write of a batch. */
export interface RecordWrite {
  readonly kind: string;
  readonly id: string;
  /** Undefined removes it. */
  readonly value: Json | undefined;
  /** The version that it must have now: 0 for none, `any` for whatever is there. */
  readonly expect: number | "any";
  readonly expiresAt?: number | undefined;
}

/** One change, in the order in which changes were made. */
export interface RecordChange {
  /** Grows with each change; a change is seen only when all with lower numbers are. */
  readonly seq: number;
  readonly kind: string;
  readonly id: string;
  /** Undefined when it was removed. */
  readonly record: StoredRecord | undefined;
}

/** Versioned records. Every method rejects with a StoreError. Kinds and ids are at most 200 characters. */
export interface Records {
  get(kind: string, id: string): Promise<StoredRecord | undefined>;
  /** Records of a kind by id, after `after`; at most `limit`, default and bound 1,000. */
  list(kind: string, after?: string, limit?: number): Promise<readonly StoredRecord[]>;
  /**
   * All writes, or none: when one expects another version than there is, rejects with `conflict`. Returns the new version
   * of each (0 for what was removed).
   */
  write(writes: readonly RecordWrite[]): Promise<readonly number[]>;
  /**
   * Changes after a number, at most `limit` of them, each record as it stands now (a record that changed twice may be
   * told once). `last` is the number to go on from; 0 is the beginning.
   */
  changes(after: number, limit?: number): Promise<{ readonly changes: readonly RecordChange[]; readonly last: number }>;
}
