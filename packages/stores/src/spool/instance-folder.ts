// Whose folder is whose: each process writes to a folder of its own, and takes over those whose process is gone.

import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { diskError } from "./segment-file.ts";
import { TALLY_FILE } from "./tally-file.ts";

/** How often a process shows that it is alive, milliseconds. */
export const BEAT_MS = 15_000;
/** A process of another machine or container that has shown no life for this long is taken for gone, milliseconds. */
export const SILENT_MS = 120_000;

/** The file whose time of change is the sign of life. */
const BEAT = "alive";
/** A folder that its process has left in order. */
const FREE = /^free-[0-9A-Za-z]+$/;
/** Machine, process id, start of the process, what tells two of one process apart, and the number of a folder taken over. */
const OWNED = /^i-([0-9a-f]{12})-(\d+)-(\d+)-([0-9A-Za-z]+)(?:\.(\d+))?$/;

/** This process's folders below the spool. Every change of owner is one rename, which only one process can win. */
export class InstanceFolder {
  readonly root: string;
  readonly #name: string;
  #taken = 0;

  /**
   * Makes the folder. Throws a StoreError when that cannot be done.
   * @param mark tells two of one process apart: letters and digits
   */
  constructor(root: string, mark: string) {
    this.root = root;
    this.#name = `i-${machine()}-${process.pid}-${startOf(process.pid) ?? "0"}-${mark}`;
    this.make();
  }

  /** Makes the folder, when it is not there. Throws a StoreError. */
  make(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.path, BEAT), ".");
    } catch (e) {
      throw diskError(join(this.path, BEAT), e);
    }
  }

  get path(): string {
    return join(this.root, this.#name);
  }

  /** Shows a sign of life. False when the folder is gone: somebody took this process for dead. */
  beat(): boolean {
    if (!existsSync(this.path)) return false;
    try {
      writeFileSync(join(this.path, BEAT), ".");
    } catch {
      // A full disk is told where rows are written.
    }
    return true;
  }

  /** Takes over the folders of processes that are gone; their paths under the new name. Never throws. */
  adopt(): readonly string[] {
    const own = machine();
    const paths: string[] = [];
    for (const name of listed(this.root)) {
      if (name.startsWith(this.#name) || !this.#abandoned(name, own)) continue;
      const path = `${this.path}.${++this.#taken}`;
      try {
        renameSync(join(this.root, name), path);
        if (!this.clear(path)) paths.push(path);
      } catch {
        // Another process was faster.
      }
    }
    return paths;
  }

  /** Removes a folder that was taken over once nothing is left in it; whether it is gone. Never throws. */
  clear(path: string): boolean {
    if (path === this.path || !listed(path).every(countsForNothing)) return false;
    rmSync(path, { recursive: true, force: true });
    return true;
  }

  /** Gives the folders up: empty ones go, others are left for whoever comes next. Never throws. */
  leave(mark: string): void {
    let more = 0;
    for (const name of listed(this.root)) {
      if (name !== this.#name && !name.startsWith(`${this.#name}.`)) continue;
      const path = join(this.root, name);
      try {
        if (listed(path).every(countsForNothing)) rmSync(path, { recursive: true, force: true });
        else renameSync(path, join(this.root, `free-${mark}${more++}`));
      } catch {
        // It stays under this process's name, and is taken over when the process is gone.
      }
    }
  }

  #abandoned(name: string, own: string): boolean {
    if (FREE.test(name)) return true;
    const owner = OWNED.exec(name);
    if (owner === null) return false;
    if (owner[1] === own) {
      const start = startOf(Number(owner[2]));
      return start === undefined || (start !== "0" && owner[3] !== "0" && start !== owner[3]);
    }
    // The process table here tells nothing of it. Both times are those of the file system, so that clocks do not matter.
    try {
      const now = statSync(join(this.path, BEAT)).mtimeMs;
      // A folder that was taken over beats with its owner's first one.
      const first = join(this.root, name.replace(/\.\d+$/, ""), BEAT);
      const last = statSync(existsSync(first) ? first : join(this.root, name)).mtimeMs;
      return now - last > SILENT_MS;
    } catch {
      return false;
    }
  }
}

/** Without a segment nothing ran that the counts could be of. */
function countsForNothing(name: string): boolean {
  return name === BEAT || name === TALLY_FILE;
}

/** The segments in a folder, the oldest first. */
export function segmentsIn(folder: string): readonly string[] {
  return listed(folder)
    .filter((name) => /^\d{10}\.wal$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** The path of a folder's n-th segment. */
export function segmentPath(folder: string, number: number): string {
  return join(folder, `${String(number).padStart(10, "0")}.wal`);
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** What process ids are unique in: host, its start, and the namespace of processes. */
function machine(): string {
  const facts = [hostname(), read("/proc/sys/kernel/random/boot_id"), namespace()];
  return createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 12);
}

/** When a process began, in ticks since the machine's start; `0` where that cannot be known; undefined for no process. */
function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  // The name of the program may hold blanks and brackets; the start is the 20th field behind it (proc(5)).
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A zombie has ended and only waits to be asked.
  if (fields[0] === "Z") return undefined;
  return fields[19] ?? "0";
}

function namespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
