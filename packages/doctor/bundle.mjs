// Makes the package that is published: a few ESM files with the inner rooms in them, their declarations, no dependency.
//   node packages/doctor/bundle.mjs            writes packages/doctor/dist/pack (publish that folder)
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rolldown } from "rolldown";
import { checkImports, compileRoom, writeDeclarations } from "../../scripts/pack-room.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = resolve(HERE, "../..");

/**
 * Writes the package.
 * @param {string} out folder for it; what is there is replaced
 * @returns {Promise<{ bytes: number, declarations: number }>} size of the code, and how many declaration files there are
 */
export async function bundleDoctor(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  compileRoom("doctor");
  const bytes = await writeCode(out);
  const declarations = writeDeclarations("doctor", out);
  const own = JSON.parse(readFileSync(join(HERE, "package.json"), "utf8"));
  const { name, version, description, license, type, engines, bin, sideEffects } = own;
  const manifest = {
    ...{ name, version, description, license, type, engines, bin, sideEffects },
    exports: {
      ".": { types: "./types/doctor/index.d.ts", default: "./index.js" },
      "./command": { types: "./types/doctor/main.d.ts", default: "./main.js" },
    },
  };
  writeFileSync(join(out, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const file of ["README.md", "bin"]) cpSync(join(HERE, file), join(out, file), { recursive: true });
  cpSync(join(ROOT, "LICENSE"), join(out, "LICENSE"));
  return { bytes, declarations };
}

/** What is loaded only when it is asked for stays in files of its own: the first line comes sooner. */
async function writeCode(out) {
  const bundle = await rolldown({
    input: { index: join(HERE, "src/index.ts"), main: join(HERE, "src/main.ts") },
    platform: "node",
    resolve: { conditionNames: ["source", "node", "import"] },
    external: [/^node:/],
    treeshake: { moduleSideEffects: false },
    transform: { target: "node20.19" },
    onLog(level, log) {
      if (level === "warn") throw new Error(`the bundler warns: ${log.message}`);
    },
  });
  await bundle.write({
    dir: out,
    format: "esm",
    chunkFileNames: "parts/[name].js",
    banner: "// @fairlead/doctor with the rooms that it is made of. MIT.",
  });
  await bundle.close();
  const files = readdirSync(out, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".js"));
  for (const file of files) checkImports(join(out, file));
  return files.reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = join(HERE, "dist/pack");
  const { bytes, declarations } = await bundleDoctor(out);
  console.log(
    `${relative(process.cwd(), out)}: ${Math.round(bytes / 1_024)} KB of code, ${declarations} declaration files`,
  );
}
