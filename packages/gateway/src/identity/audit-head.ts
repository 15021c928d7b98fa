// The newest entry of the audit log that this instance has written, kept beside the store: a log that was cut short lacks it.

import { readFileSync, renameSync, writeFileSync } from "node:fs";

/** Number and hash of an entry. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
  /** A later entry had a number that was not higher: what came after this one was lost, and it is kept as the evidence. */
  readonly lost?: boolean;
}

/** Remembers the head, in memory and in a file if there is one. */
export class AuditHeadNote {
  readonly #file: string | undefined;
  #head: AuditHead | undefined;

  constructor(file: string | undefined) {
    this.#file = file;
    this.#head = file === undefined ? undefined : readHead(file);
  }

  get head(): AuditHead | undefined {
    return this.#head;
  }

  /** An entry was written. A file that cannot be written is no reason to stop: the head is then known until a restart. */
  wrote({ seq, hash }: AuditHead): void {
    if (this.#head?.lost === true) return;
    this.#head = this.#head === undefined || seq > this.#head.seq ? { seq, hash } : { ...this.#head, lost: true };
    if (this.#file === undefined) return;
    try {
      writeFileSync(`${this.#file}.new`, `${JSON.stringify(this.#head)}\n`, { mode: 0o600 });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // Said above.
    }
  }
}

function readHead(file: string): AuditHead | undefined {
  try {
    const { seq, hash, lost } = JSON.parse(readFileSync(file, "utf8")) as Partial<AuditHead>;
    if (!Number.isSafeInteger(seq) || !/^[0-9a-f]{64}$/.test(hash ?? "")) return undefined;
    return { seq: seq as number, hash: hash as string, ...(lost === true ? { lost } : {}) };
  } catch {
    return undefined;
  }
}
