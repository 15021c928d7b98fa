// A file with a key: read when the configuration is, and again whenever it changes.

import { closeSync, openSync, readSync, statSync } from "node:fs";

/** More than any key, and any bundle of certificates, bytes: a file that grew without end must not stop the gateway. */
const MAX_BYTES = 4_194_304;
const PIECE_BYTES = 65_536;

/** The text of a file, or why it cannot be read, with the fix. */
export function readText(file: string): { readonly text: string } | { readonly message: string } {
  try {
    const text = readWithin(file);
    if (text === undefined)
      return { message: `the file ${file} is larger than 4 MB; name the file that holds the key` };
    return { text: text.replace(/^\uFEFF/, "") };
  } catch (e) {
    const code = (e as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return { message: `the file ${file} is not there; make it, or correct the path` };
    if (code === "EACCES") return { message: `the file ${file} may not be read by this user; chown or chmod it` };
    if (code === "EISDIR") return { message: `${file} is a folder; name the file in it` };
    return { message: `the file ${file} cannot be read: ${e instanceof Error ? e.message : String(e)}` };
  }
}

/** Undefined: it has more than MAX_BYTES. */
function readWithin(file: string): string | undefined {
  const handle = openSync(file, "r");
  try {
    const pieces: Buffer[] = [];
    for (let size = 0; size <= MAX_BYTES; ) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const read = readSync(handle, piece);
      if (read === 0) return Buffer.concat(pieces).toString("utf8");
      pieces.push(piece.subarray(0, read));
      size += read;
    }
    return undefined;
  } finally {
    closeSync(handle);
  }
}

/** The keys of a file's text: one on each line, `#` begins a comment line. */
export function keysIn(text: string): readonly string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** Keys travel in headers: visible ASCII, nothing else. */
export function isKey(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value);
}

/** What tells a changed file from an unchanged one: another inode (a renamed or linked file), time or size. */
export function fileStamp(file: string): string {
  try {
    const { ino, mtimeMs, ctimeMs, size } = statSync(file);
    return `${ino} ${mtimeMs} ${ctimeMs} ${size}`;
  } catch (e) {
    return `none ${(e as NodeJS.ErrnoException).code ?? ""}`;
  }
}
