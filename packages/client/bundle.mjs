// Makes the package that is published: one ESM file with the inner rooms in it, their declarations, no dependency.
//   node packages/client/bundle.mjs            writes packages/client/dist/pack (publish that folder)
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
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
export async function bundleClient(out) {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  compileRoom("client");
  const bytes = await writeCode(out);
  const declarations = writeDeclarations("client", out);
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
  checkImports(file);
  return statSync(file).size;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const out = join(HERE, "dist/pack");
  const { bytes, declarations } = await bundleClient(out);
  console.log(
    `${relative(process.cwd(), out)}: ${Math.round(bytes / 1_024)} KB of code, ${declarations} declaration files`,
  );
}
