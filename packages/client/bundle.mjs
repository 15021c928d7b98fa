// Makes the package that is published: one ESM file with the inner rooms in it, their declarations, no dependency.
//   node packages/client/bundle.mjs            writes packages/client/dist/pack (publish that folder)
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");

/**
 * Writes the package.
 * @param {string} out folder for it; what is there is replaced
 * @returns {Promise<{ bytes: number, declarations: number }>} size of the code, and how many declaration files there are
 */
export async function bundleClient(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  compile();
  const bytes = await writeCode(out);
  const declarations = writeDeclarations(out);
  const own = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const { name, version, description, license, type, engines, sideEffects } = own;
  const manifest = {
    ...{ name, version, description, license, type, engines, sideEffects },
    exports: { ".": { types: "./types/client/index.d.ts", default: "./index.js" } },
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  cpSync(join(HERE, "README.md"), join(out, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(out, "LICENSE"));
  return { bytes, declarations };
}

/** Declarations come from the compiler; the code is made from the sources. */
function compile() {
  const tsc = join(ROOT, "node_modules/typescript7/bin/tsc");
  const made = spawnSync(process.execPath, [tsc, "-b", join(ROOT, "packages/client")], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`tsc failed:\n${made.stdout}${made.stderr}`);
}

async function writeCode(out) {
  const bundle = await rolldown({
    input: join(HERE, "src/index.ts"),
    platform: "node",
    resolve: { conditionNames: ["source", "node", "import"] },
    external: [/^node:/],
    treeshake: { moduleSideEffects: false },
    transform: { target: "node20.19" },
    onLog(level, log) {
      if (level === "warn") throw new Error(`the bundler warns: ${log.message}`);
    },
  });
  const file = join(out, "index.js");
  await bundle.write({
    file,
    format: "esm",
    banner: "// @fairlead/client, one file with the rooms that it is made of. MIT.",
  });
  await bundle.close();
  const code = readFileSync(file, "utf8");
  const outside = [...code.matchAll(/^(?:import|export)\b[^"'\n]*from\s*["']([^"']+)["']/gm)].map((m) => m[1]);
  const foreign = outside.filter((name) => !name.startsWith("node:"));
  if (foreign.length > 0) throw new Error(`the bundle still imports ${foreign.join(", ")}`);
  return statSync(file).size;
}

/** Copies the declarations that the entry reaches, room by room, with imports between rooms made relative. */
function writeDeclarations(out) {
  const done = new Set();
  const todo = ["client/index.d.ts"];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (done.has(path)) continue;
    done.add(path);
    const [room, ...inside] = path.split("/");
    const text = readFileSync(join(ROOT, "packages", room, "dist", ...inside), "utf8")
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = join(HERE, "dist/pack");
  const { bytes, declarations } = await bundleClient(out);
  console.log(
    `${relative(process.cwd(), out)}: ${Math.round(bytes / 1_024)} KB of code, ${declarations} declaration files`,
  );
}
