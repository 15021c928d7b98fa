// Where the gateway's log goes: what cannot be written is left out and counted, and no request waits or fails for it.

import { writeSync } from "node:fs";
import { Socket } from "node:net";

/** Most that waits for a reader that does not read, bytes. */
const MOST_WAITING = 16_777_216;

/** A stream, or a file by its descriptor. */
export interface LogTarget {
  /** Throws what the system says. */
  write(text: string): void;
  /** Bytes that wait. */
  waiting(): number;
}

/** Whole lines to a target. When it takes some again, a line says how many it did not. Never throws. */
export class LogOutlet {
  readonly #target: LogTarget;
  readonly #time: () => string;
  #lost = 0;
  #why = "";
  /** A write to a file may have ended within a line. */
  #torn = false;

  /** @param time now, as the log's lines have it */
  constructor(target: LogTarget, time: () => string) {
    this.#target = target;
    this.#time = time;
  }

  readonly write = (text: string): void => {
    if (this.#target.waiting() > MOST_WAITING) {
      this.#lose(text, "nobody read them");
      return;
    }
    try {
      if (this.#lost > 0) {
        const detail = JSON.stringify(`${this.#lost} lines were lost: ${this.#why}`);
        this.#target.write(
          `${this.#torn ? "\n" : ""}{"time":"${this.#time()}","event":"log-lost","detail":${detail}}\n`,
        );
        this.#lost = 0;
        this.#torn = false;
      }
      this.#target.write(text);
    } catch (e) {
      this.#torn = true;
      this.#lose(text, e instanceof Error ? e.message : String(e));
    }
  };

  #lose(text: string, why: string): void {
    this.#lost += text.split("\n").length - 1;
    this.#why = why;
  }
}

/** Standard output as it is. A file is written by its descriptor: its stream takes nothing more after one failure. */
export function logTarget(out: NodeJS.WriteStream): LogTarget {
  const { fd } = out as { readonly fd?: unknown };
  if (typeof fd === "number" && !(out instanceof Socket)) {
    return { write: (text) => writeAll(fd, Buffer.from(text)), waiting: () => 0 };
  }
  return { write: (text) => void out.write(text), waiting: () => out.writableLength };
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
