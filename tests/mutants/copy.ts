// A private copy of the checkout's sources to plant faults in: the tree itself is never written to.

import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The rooms' own names among the installed packages. */
const OURS = ["@fairlead", "fairlead"];
const FILES = ["package.json", "tsconfig.json", "tsconfig.base.json", "vitest.config.ts"];
const LEFT_OUT = new Set(["node_modules", "dist"]);

/**
 * Makes a copy in a directory of its own under the system's temporary one. Installed packages are linked to, but for the
 * rooms, whose links lead into the copy: what a test there imports by a room's name is the copy's source.
 * @returns its path, and what removes it
 */
export function makeCopy(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "fairlead-mutants-"));
  for (const file of FILES) cpSync(join(ROOT, file), join(path, file));
  cpSync(join(ROOT, "tests", "prove"), join(path, "tests", "prove"), { recursive: true });
  copyRooms(path);
  linkPackages(path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function copyRooms(path: string): void {
  for (const room of readdirSync(join(ROOT, "packages"))) {
    const from = join(ROOT, "packages", room);
    for (const name of readdirSync(from)) {
      if (!LEFT_OUT.has(name)) cpSync(join(from, name), join(path, "packages", room, name), { recursive: true });
    }
    const own = join(from, "node_modules");
    if (existsSync(own)) symlinkSync(own, join(path, "packages", room, "node_modules"));
  }
}

function linkPackages(path: string): void {
  const installed = join(ROOT, "node_modules");
  const linked = join(path, "node_modules");
  mkdirSync(join(linked, "@fairlead"), { recursive: true });
  for (const name of readdirSync(installed)) {
    // Caches are left out too: what the working tree's tests were made of must not be taken for the copy's.
    if (!OURS.includes(name) && !name.startsWith(".")) symlinkSync(join(installed, name), join(linked, name));
  }
  for (const room of readdirSync(join(ROOT, "packages"))) {
    symlinkSync(join(path, "packages", room), join(linked, "@fairlead", room));
  }
}
