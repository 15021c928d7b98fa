// `npm run house`: checks that the house stands as drawn: arrows, rings, time and chance, names, sizes, manifests.
// Prints file:line, the rule and the fix for each finding; exit code 1 when there is one. `--root DIR` checks another tree.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runNode } from "./run-node.mjs";
import { ensureNodeModules, ROOT, runScript } from "./setup.mjs";

/**
 * Runs every rule over a checkout.
 * @param {string} root absolute path
 * @param {{ file: string, rule: string, name: string, reason: string }[]} [exceptions] default: the table in house/rooms.mjs
 * @returns {Promise<{ file: string, line: number, rule: string, name?: string, message: string, fix: string }[]>} by file and line
 */
export async function checkHouse(root, exceptions) {
  // Loaded here, not above: on a bare checkout these packages arrive with ensureNodeModules.
  const [plan, tree, ...rules] = await Promise.all([
    import("./house/rooms.mjs"),
    import("./house/tree.mjs").then(({ readTree }) => readTree(root)),
    import("./house/shape.mjs").then(({ checkShape }) => checkShape),
    import("./house/imports.mjs").then(({ checkImports }) => checkImports),
    import("./house/manifests.mjs").then(({ checkManifests }) => checkManifests),
    import("./house/banned-names.mjs").then(({ checkBannedNames }) => checkBannedNames),
    import("./house/module-state.mjs").then(({ checkModuleState }) => checkModuleState),
  ]);
  const found = (await Promise.all(rules.map((rule) => rule(tree)))).flat();
  return excuse(found, exceptions ?? plan.EXCEPTIONS).sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}

function excuse(findings, exceptions) {
  const used = new Set();
  const left = findings.filter((finding) => {
    const row = exceptions.find(
      ({ file, rule, name }) => file === finding.file && rule === finding.rule && name === finding.name,
    );
    if (row) used.add(row);
    return row === undefined;
  });
  for (const row of exceptions) {
    if (used.has(row)) continue;
    const message = `the exception for ${row.rule} ${row.name} excuses nothing`;
    left.push({
      file: row.file,
      line: 1,
      rule: "exception",
      message,
      fix: "remove its row in scripts/house/rooms.mjs",
    });
  }
  return left;
}

async function main() {
  ensureNodeModules();
  // dependency-cruiser needs Node 22; a plain `node` here may be 20.
  if (Number(process.versions.node.split(".")[0]) < 22) return runNode(process.argv.slice(1));
  const { values } = parseArgs({ options: { root: { type: "string", default: ROOT } } });
  // The exceptions are those of this checkout; another tree has none.
  const root = resolve(values.root);
  const findings = await checkHouse(root, root === resolve(ROOT) ? undefined : []);
  for (const { file, line, rule, message, fix } of findings)
    console.log(`${file}:${line} ${rule}: ${message}\n    fix: ${fix}`);
  console.log(findings.length === 0 ? "the house stands as drawn" : `${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await runScript(main);
