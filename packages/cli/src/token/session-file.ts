// What fairlead token keeps of a sign-in: one file for each gateway, readable by its owner only, used by one process at a time.

import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

/** A sign-in. Times are Unix milliseconds. */
export interface Session {
  readonly url: string;
  readonly clientId: string;
  readonly refreshToken: string;
  readonly accessToken: string;
  readonly expiresAt: number;
  readonly scope: string;
}

/** A process that holds the file for longer than this has hung or died, milliseconds. */
const STALE_MS = 60_000;
const LOOK_MS = 40;

/** Folder of the files: `$XDG_CONFIG_HOME/fairlead`, else `~/.config/fairlead`. */
export function sessionFolder(env: Terminal["env"]): string {
  const config = env.XDG_CONFIG_HOME ?? "";
  return join(config === "" ? join(env.HOME ?? homedir(), ".config") : config, "fairlead");
}

/** The file of one gateway. */
export class SessionFile {
  readonly #file: string;
  readonly #url: string;

  constructor(folder: string, url: string) {
    this.#url = url;
    this.#file = join(folder, `session-${createHash("sha256").update(url).digest("hex").slice(0, 16)}.json`);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The sign-in, if there is one for this gateway. A file that others may read is not used. */
  read(): Session | undefined {
    try {
      if (process.platform !== "win32" && (statSync(this.#file).mode & 0o077) !== 0) {
        throw new CliError(
          `${this.#file} can be read by others; run: chmod 600 ${this.#file} (or fairlead token logout)`,
        );
      }
      const read = JSON.parse(readFileSync(this.#file, "utf8")) as Partial<Session>;
      const whole =
        read.url === this.#url &&
        [read.clientId, read.refreshToken, read.accessToken, read.scope].every((one) => typeof one === "string") &&
        typeof read.expiresAt === "number";
      return whole ? (read as Session) : undefined;
    } catch (e) {
      if (CliError.is(e)) throw e;
      return undefined;
    }
  }

  /** Writes it whole: a reader sees the old one or the new one. */
  write(session: Session): void {
    const fresh = `${this.#file}.${process.pid}`;
    writeFileSync(fresh, `${JSON.stringify(session)}\n`, { mode: 0o600 });
    renameSync(fresh, this.#file);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }

  /**
   * Runs `work` while no other process does: of two that renew at once one would be taken for a thief.
   * @throws CliError when another holds it for too long
   */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#file}.lock`;
    const until = Date.now() + STALE_MS + 5_000;
    while (!taken(lock)) {
      if (isLeftOver(lock)) rmSync(lock, { force: true });
      else if (Date.now() > until)
        throw new CliError(`${lock} is held by another process; remove it when there is none`);
      else await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    try {
      return await work();
    } finally {
      rmSync(lock, { force: true });
    }
  }
}

function taken(lock: string): boolean {
  try {
    const handle = openSync(lock, "wx", 0o600);
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw e;
  }
}

/** Its process is gone, or it is too old to be at work. */
function isLeftOver(lock: string): boolean {
  try {
    if (Date.now() - statSync(lock).mtimeMs > STALE_MS) return true;
    const pid = Number(readFileSync(lock, "utf8"));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "ESRCH";
  }
}
