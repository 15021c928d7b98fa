// What `fairlead start` leaves for the other commands in .fairlead/: its key, and where it listens while it runs.

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "./cli-error.ts";

/** Where a running `fairlead start` is reached. */
export interface Running {
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  /** Its admin address; a start of an older version did not tell. */
  readonly adminUrl?: string | undefined;
}

/** Folder of a start's files, beneath the folder that it was started in. */
export function stateFolder(folder: string): string {
  return join(folder, ".fairlead");
}

/** The key of this folder's starts: made at the first one (128 bits), readable by its owner only, the same from then on. */
export function ownKey(folder: string): string {
  const file = join(stateFolder(folder), "start.key");
  const found = readText(file)?.trim();
  if (found !== undefined && /^fl-dev-[A-Za-z0-9]{16,}$/.test(found)) {
    chmodSync(file, 0o600);
    return found;
  }
  const key = `fl-dev-${randomBytes(16).toString("hex")}`;
  save(folder, "start.key", `${key}\n`);
  return key;
}

/** Tells the other commands where this start is reached. */
export function tellRunning(folder: string, running: Running): void {
  save(folder, "start.json", `${JSON.stringify(running)}\n`);
}

/** Takes it back, unless another start has written it since. */
export function forgetRunning(folder: string): void {
  const file = join(stateFolder(folder), "start.json");
  if (readRunning(file)?.pid === process.pid) rmSync(file, { force: true });
}

/** The start that runs in this folder, if one does. */
export function findRunning(folder: string): Running | undefined {
  const running = readRunning(join(stateFolder(folder), "start.json"));
  if (running === undefined) return undefined;
  try {
    process.kill(running.pid, 0);
    return running;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "EPERM" ? running : undefined;
  }
}

function readRunning(file: string): Running | undefined {
  try {
    const read = JSON.parse(readText(file) ?? "null") as Partial<Running> | null;
    if (typeof read?.url !== "string" || typeof read.key !== "string" || typeof read.pid !== "number") return undefined;
    const adminUrl = typeof read.adminUrl === "string" && URL.canParse(read.adminUrl) ? read.adminUrl : undefined;
    return { url: read.url, key: read.key, pid: read.pid, adminUrl };
  } catch {
    return undefined;
  }
}

function save(folder: string, name: string, text: string): void {
  const file = join(stateFolder(folder), name);
  try {
    mkdirSync(stateFolder(folder), { recursive: true });
    writeFileSync(file, text, { mode: 0o600 });
    // The mode above counts for a new file only.
    chmodSync(file, 0o600);
  } catch (e) {
    const why = e instanceof Error ? e.message : String(e);
    throw new CliError(`cannot write ${file} (${why}). Start in a folder that you may write to.`);
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
