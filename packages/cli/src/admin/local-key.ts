// The local admin key: a file that only this machine's user can read, and a note of which gateway it opens.

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CliError } from "../cli-error.ts";
import type { Terminal } from "../terminal.ts";

/** Name of the file in the gateway's data folder. */
export const KEY_FILE = "admin.key";

const FORM = /^fl-admin-[0-9a-f]{48}$/;

/**
 * The key in a folder: made at the first call (192 bits, mode 0600), the same from then on. A file that others can read is
 * replaced: what it held may be known to them.
 * @throws CliError when the folder cannot be written to
 */
export function localKey(folder: string): { readonly key: string; readonly file: string } {
  const file = join(folder, KEY_FILE);
  const found = readKey(file);
  if (found !== undefined) return { key: found, file };
  const key = `fl-admin-${randomBytes(24).toString("hex")}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    rmSync(file, { force: true });
    writeFileSync(file, `${key}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(file, 0o600);
  } catch (e) {
    const why = e instanceof Error ? e.message : String(e);
    throw new CliError(
      `cannot write ${file} (${why}). Name a folder that may be written to: data_dir in fairlead.yaml.`,
    );
  }
  return { key, file };
}

/** The key in a file; undefined when there is none, it is of another form, or others may read it. */
export function readKey(file: string): string | undefined {
  try {
    if (process.platform !== "win32" && (statSync(file).mode & 0o077) !== 0) return undefined;
    const text = readFileSync(file, "utf8").trim();
    return FORM.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Notes in the user's home which file opens the gateway at an address; a home that cannot be written to is no error. */
export function noteKey(adminUrl: string, file: string, env: Terminal["env"]): void {
  const note = noteFile(adminUrl, env);
  if (note === undefined) return;
  try {
    mkdirSync(join(note, ".."), { recursive: true, mode: 0o700 });
    writeFileSync(note, `${file}\n`, { mode: 0o600 });
  } catch {
    // The key can be named by FAIRLEAD_ADMIN_KEY.
  }
}

/** The key noted for an address. */
export function notedKey(adminUrl: string, env: Terminal["env"]): string | undefined {
  const note = noteFile(adminUrl, env);
  if (note === undefined) return undefined;
  try {
    return readKey(readFileSync(note, "utf8").trim());
  } catch {
    return undefined;
  }
}

function noteFile(adminUrl: string, env: Terminal["env"]): string | undefined {
  const home = env.HOME ?? env.USERPROFILE;
  if (home === undefined || home === "") return undefined;
  return join(home, ".fairlead", `admin-${new URL(adminUrl).port || "80"}`);
}
