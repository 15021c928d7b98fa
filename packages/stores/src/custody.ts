// Custody: which project a file or batch at a provider belongs to, and at which account it is.

/** What is kept in custody. */
export type CustodyKind = "file" | "batch";

/** One thing at a provider, and whose it is. */
export interface CustodyRow {
  readonly kind: CustodyKind;
  /** The provider's id of it, at most 200 characters. */
  readonly id: string;
  readonly project: string;
  /** Id of the key or token that made it; empty when it is not known. */
  readonly keyId: string;
  /** Name of the upstream through which it was made, and the account behind that: other upstreams may lead there too. */
  readonly upstream: string;
  readonly account: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** Unix milliseconds; from then on it is as if it were not there. */
  readonly expiresAt?: number | undefined;
}

/** Where a page of a project's things begins. At most one of `after` (older ones) and `before` (newer ones). */
export interface CustodyCursor {
  /** Ids of things of the same project and kind; one that was released not long ago counts as well. */
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

/** Every method rejects with a StoreError. */
export interface Custody {
  /** Notes things, at most 1,000 at once. What somebody has already stays with whoever has it. */
  put(rows: readonly CustodyRow[]): Promise<void>;
  /** Those of at most 1,000 ids that are known. */
  find(kind: CustodyKind, ids: readonly string[]): Promise<readonly CustodyRow[]>;
  /**
   * A project's things, newest first, at most `limit` (default and bound 1,000) of them next to the cursor; undefined when
   * the cursor names nothing of the project.
   */
  page(
    project: string,
    kind: CustodyKind,
    cursor?: CustodyCursor,
    limit?: number,
  ): Promise<readonly CustodyRow[] | undefined>;
  /** Lets go of one; its place in the list is remembered for a day, for whoever deletes while going through the pages. */
  release(kind: CustodyKind, id: string): Promise<void>;
}
