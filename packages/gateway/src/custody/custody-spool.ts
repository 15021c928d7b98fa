// What could not be noted in the store: written to data_dir first, and brought to the store when it is back.

import { existsSync } from "node:fs";
import type { Runtime } from "@fairlead/runtime";
import type { CustodyRow } from "@fairlead/stores";
import { Spool, type SpoolSegment } from "@fairlead/stores/spool";

/** Bytes that may wait: some 200,000 things. */
const QUOTA = 67_108_864;

/** A spool that is opened when there is something to write, or something left of before. Throws StoreErrors. */
export class CustodySpool {
  readonly #folder: string;
  readonly #rt: Runtime;
  readonly #found: (rows: readonly CustodyRow[]) => void;
  #spool: Spool | undefined;
  #segments: SpoolSegment[] = [];
  /** What waits now: it is written anew when another process took the folder away. */
  readonly #lost: () => readonly CustodyRow[];

  /**
   * @param found hears of rows that a process left that is no more
   * @param waiting what waits now: written anew when another process took this one's folder away
   */
  constructor(
    folder: string,
    rt: Runtime,
    found: (rows: readonly CustodyRow[]) => void,
    waiting: () => readonly CustodyRow[],
  ) {
    this.#folder = folder;
    this.#rt = rt;
    this.#found = found;
    this.#lost = waiting;
  }

  /** Reads what is left of before, if something is. */
  start(): void {
    if (existsSync(this.#folder)) this.#open();
  }

  /** Writes rows down; they are on the disk when it resolves. Rejects with a StoreError. */
  async write(rows: readonly CustodyRow[]): Promise<void> {
    const spool = this.#open();
    for (const row of rows) spool.append(JSON.stringify(row));
    await spool.sync();
    if (spool.problem !== undefined) throw spool.problem;
  }

  /** Lets go of all that was written: the store has it. */
  clear(): void {
    const spool = this.#spool;
    if (spool === undefined) return;
    const segments = [...this.#segments, spool.active];
    spool.rotate();
    this.#segments = [];
    for (const segment of segments) segment.remove();
  }

  async close(): Promise<void> {
    await this.#spool?.close();
  }

  #open(): Spool {
    this.#spool ??= new Spool(
      {
        folder: this.#folder,
        quota: QUOTA,
        adopted: (segments) => {
          this.#segments.push(...segments);
          this.#found(segments.flatMap((segment) => segment.read().flatMap(rowOf)));
        },
        lost: () => {
          this.#segments = [];
          for (const row of this.#lost()) this.#spool?.append(JSON.stringify(row));
        },
      },
      this.#rt,
    );
    return this.#spool;
  }
}

function rowOf(record: string): readonly CustodyRow[] {
  try {
    const row = JSON.parse(record) as CustodyRow;
    return typeof row.id === "string" && typeof row.project === "string" ? [row] : [];
  } catch {
    return [];
  }
}
