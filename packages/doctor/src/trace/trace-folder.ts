// The folder of a trace: what it holds, and whether what is there may be written over.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Everything that a trace writes; the manifest last. */
const FILES = ["timeline.txt", "exchanges.har", "keys.log", "capture.pcap", "report.json", "manifest.json"];
const MANIFEST = "manifest.json";

/** The name of a file there that a trace would replace and none has written; undefined when there is none. */
export function foreignFile(folder: string): string | undefined {
  const taken = FILES.filter((name) => existsSync(join(folder, name)));
  return taken.length === 0 || isTraces(folder) ? undefined : taken[0];
}

/** Takes an earlier trace's files away, which would be taken for this one's, and marks the folder as a trace's. */
export function clearFolder(folder: string, mode: number): void {
  for (const name of FILES) rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify({ files: [] })}\n`, { mode });
}

function isTraces(folder: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), "utf8")) as { files?: unknown };
    return Array.isArray(manifest.files);
  } catch {
    return false;
  }
}
