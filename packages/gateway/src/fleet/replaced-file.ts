// Replaces the configuration file, in one step, where that can be done at all.

import { lstat, rename, rm, writeFile } from "node:fs/promises";
import { ConfigRefusal } from "./config-refusal.ts";

/** Writes a file beside and renames it; its mode stays. Rejects with a ConfigRefusal `file_rules`. */
export async function replaceFile(file: string, text: string): Promise<void> {
  try {
    const about = await lstat(file);
    if (about.isSymbolicLink()) throw new Error("it is a link, as a ConfigMap makes it");
    const beside = `${file}.new`;
    await rm(beside, { force: true });
    await writeFile(beside, text, { mode: about.mode & 0o777, flag: "wx" });
    await rename(beside, file);
  } catch (e) {
    throw new ConfigRefusal(
      "file_rules",
      `${file} rules and cannot be written here (${(e as Error).message}): change it where it comes from, or set fleet.config: shared`,
    );
  }
}
