// What the packages that are published have in common: declarations of several rooms in one, and no import from outside.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { ROOT } from "./setup.mjs";

/** Compiles a room, for its declarations: the code of a package is bundled from the sources. */
export function compileRoom(room) {
  const tsc = join(ROOT, "node_modules/typescript7/bin/tsc");
  const made = spawnSync(process.execPath, [tsc, "-b", join(ROOT, "packages", room)], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`tsc failed:\n${made.stdout}${made.stderr}`);
}

/** Throws when a bundled file imports anything but Node's own modules and files beside it. */
export function checkImports(file) {
  const code = readFileSync(file, "utf8");
  const outside = [...code.matchAll(/^(?:import|export)\b[^"'\n]*from\s*["']([^"']+)["']/gm)].map((m) => m[1]);
  const foreign = outside.filter((name) => !name.startsWith("node:") && !name.startsWith("."));
  if (foreign.length > 0) throw new Error(`the bundle still imports ${foreign.join(", ")}`);
}

/**
 * Copies the declarations that a room's entry reaches, room by room, with imports between rooms made relative.
 * @param {string} room its folder under packages/
 * @param {string} out folder of the package; they go to types/ in it
 * @returns {number} how many files
 */
export function writeDeclarations(room, out) {
  const done = new Set();
  const todo = [`${room}/index.d.ts`];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const [from, ...inside] = path.split("/");
    const text = readFileSync(join(ROOT, "packages", from, "dist", ...inside), "utf8")
      .replace(/(from\s*|import\()"([^"]+)"/g, (whole, before, name) => {
        const next = declarationOf(path, name);
        if (next === undefined) return whole;
        todo.push(next);
        const way = posix.relative(posix.dirname(path), next).replace(/\.d\.ts$/, ".js");
        return `${before}"${way.startsWith(".") ? way : `./${way}`}"`;
      })
      .replace(/\n?\/\/# sourceMappingURL=.*\s*$/, "\n");
    const to = join(out, "types", path);
    mkdirSync(dirname(to), { recursive: true });
    writeFileSync(to, text);
  }
  return done.size;
}

/** The declaration file behind an import, as room and path; undefined for what is not ours. */
function declarationOf(from, name) {
  if (name.startsWith(".")) return posix.join(posix.dirname(from), name.replace(/\.(js|ts)$/, ".d.ts"));
  const [, room, entry] = /^@fairlead\/([^/]+)(?:\/(.+))?$/.exec(name) ?? [];
  if (room === undefined) return undefined;
  return entry === undefined ? `${room}/index.d.ts` : `${room}/${entry}/index.d.ts`;
}
