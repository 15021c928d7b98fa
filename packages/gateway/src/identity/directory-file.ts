// The directory on disk: what a start with every store dead knows of keys. Digests only, readable by its owner only.

import { readFileSync, statSync } from "node:fs";
import { chmod, mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A record as the file holds it. */
export type SnapshotRecord = readonly [kind: string, id: string, value: unknown];

/**
 * What the file holds; undefined when it is not there, is torn, or others than its owner may write to it: whoever can write
 * there could add a key. Each record is checked again by who takes it in.
 */
export function readSnapshot(file: string): readonly SnapshotRecord[] | undefined {
  try {
    if ((statSync(file).mode & 0o022) !== 0) return undefined;
    const read = JSON.parse(readFileSync(file, "utf8")) as { version?: unknown; records?: unknown };
    if (read.version !== 1 || !Array.isArray(read.records)) return undefined;
    return read.records.filter(
      (one): one is SnapshotRecord => Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "string",
    );
  } catch {
    return undefined;
  }
}

/** Writes the file whole, under another name first. Rejects when the disk does not take it. */
export async function writeSnapshot(file: string, records: readonly SnapshotRecord[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const fresh = `${file}.new`;
  await writeFile(fresh, `${JSON.stringify({ version: 1, records })}\n`, { mode: 0o600 });
  await chmod(fresh, 0o600);
  await rename(fresh, file);
}
