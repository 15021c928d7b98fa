// The way into the audit log: an event is on this machine's disk before anything else goes on, and in the store as soon as it answers.

import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, truncateSync } from "node:fs";
import { dirname, join } from "node:path";
import { newId, type Runtime, type Timer } from "@fairlead/runtime";
import { type Audit, type AuditEvent, type Json, StoreError } from "@fairlead/stores";

import { type AuditHead, AuditHeadNote } from "./audit-head.ts";

/** Who does something: `user:…`, `key:…`, `service:…`, `cli`, `gateway`, and the address that it came from. */
export interface By {
  readonly actor: string;
  readonly from?: string | undefined;
}

/** What is noted; the time and an id are added. */
export interface Note {
  readonly action: string;
  readonly subject: string;
  readonly project?: string | undefined;
  /** Never a secret. */
  readonly detail?: { readonly [name: string]: Json } | undefined;
}

/** Events that wait for the store at most, in memory and in the file. */
const MAX_WAITING = 10_000;
/** First and longest wait before the store is tried again, milliseconds. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 10_000;

/**
 * Notes events. Each has an id in its detail (`event`): an instance that died between handing an event to the store and
 * striking it off its file hands it in again, and the id shows the repetition. Without a file what waits is lost with the process.
 */
export class AuditTrail {
  readonly #audit: Audit;
  readonly #rt: Runtime;
  readonly #file: string | undefined;
  readonly #waiting: AuditEvent[] = [];
  #refused = 0;
  #retryMs = FIRST_RETRY_MS;
  #shipping: Promise<void> | undefined;
  #timer: Timer | undefined;
  #closed = false;
  readonly #head: AuditHeadNote;
  /** Whether the file may end in half a line, left by the last process or by a full disk: an event behind it would be lost with it. */
  #torn = true;

  /** @param file where events wait that the store has not taken yet; what it holds already is handed in first */
  constructor(audit: Audit, rt: Runtime, file?: string) {
    this.#audit = audit;
    this.#rt = rt;
    this.#file = file;
    this.#head = new AuditHeadNote(file === undefined ? undefined : join(dirname(file), "audit-head.json"));
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    this.#waiting.push(...readWaiting(file));
    if (this.#waiting.length > 0) this.#ship();
  }

  /** Events that the store has not taken yet, and those that were turned away since there was no room. */
  get state(): { readonly waiting: number; readonly refused: number } {
    return { waiting: this.#waiting.length, refused: this.#refused };
  }

  /** False when no more events can wait: a change that must be noted is then better not made. */
  get hasRoom(): boolean {
    return this.#waiting.length < MAX_WAITING;
  }

  /** The newest entry that this instance has written; undefined when it has written none. */
  get head(): AuditHead | undefined {
    return this.#head.head;
  }

  /** Notes an event; false when there was no room. Throws when neither the file nor the store takes it. */
  note(by: By, { action, subject, project, detail }: Note): boolean {
    if (!this.hasRoom) {
      this.#refused += 1;
      return false;
    }
    const event: AuditEvent = {
      at: Math.floor(this.#rt.clock.wall()),
      actor: by.actor,
      action,
      subject,
      project,
      from: by.from,
      detail: { ...detail, event: newId(this.#rt.random, "ev_") },
    };
    if (this.#file !== undefined) {
      try {
        const fresh = !existsSync(this.#file);
        appendFileSync(this.#file, `${this.#torn ? "\n" : ""}${JSON.stringify(event)}\n`, { mode: 0o600 });
        this.#torn = false;
        if (fresh) chmodSync(this.#file, 0o600);
      } catch (e) {
        this.#torn = true;
        // With a disk that is full the store alone will do, as long as it keeps up.
        if (this.#waiting.length > 0) throw e;
      }
    }
    this.#waiting.push(event);
    this.#ship();
    return true;
  }

  /** Resolves when the store has taken all that waits, or has just refused. */
  async settle(): Promise<void> {
    this.#ship();
    await this.#shipping;
  }

  /** Stops trying. What waits stays in the file. */
  async close(): Promise<void> {
    await this.settle();
    this.#closed = true;
    this.#timer?.cancel();
  }

  #ship(): void {
    if (this.#closed || this.#shipping !== undefined || this.#waiting.length === 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#shipping = this.#run().finally(() => {
      this.#shipping = undefined;
    });
  }

  async #run(): Promise<void> {
    for (;;) {
      const event = this.#waiting[0];
      if (event === undefined) break;
      try {
        this.#head.wrote(await this.#audit.append(event));
      } catch (e) {
        // An event that the store can never take would block all behind it.
        if (!(StoreError.is(e) && e.code === "invalid")) {
          this.#later();
          return;
        }
        this.#refused += 1;
      }
      this.#waiting.shift();
      this.#retryMs = FIRST_RETRY_MS;
    }
    // Nothing was awaited since the queue was found empty, so that nothing can have been added.
    if (this.#file === undefined || !existsSync(this.#file)) return;
    try {
      truncateSync(this.#file, 0);
    } catch {
      // The next start hands these in again, and their ids show it.
    }
  }

  #later(): void {
    if (this.#closed) return;
    this.#timer = this.#rt.clock.timer(this.#retryMs, () => {
      this.#timer = undefined;
      this.#ship();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }
}

/** A torn last line is what a crash in the middle of a write leaves: that event's change was not finished either. */
function readWaiting(file: string): AuditEvent[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    try {
      const event = JSON.parse(line) as AuditEvent;
      return typeof event.at === "number" && typeof event.action === "string" ? [event] : [];
    } catch {
      return [];
    }
  });
}
