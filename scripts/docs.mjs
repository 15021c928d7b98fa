// `npm run docs`: writes docs/reference/ and the marked parts of docs/policies/ from the built code; `--check` writes nothing
// and fails when something is out of step. Checks the READMEs too.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { runNode } from "./run-node.mjs";
import { ensureBuilt, ensureNodeModules, ROOT, runScript } from "./setup.mjs";

/** A file in scripts/docs each, with `file` (where the page goes) and `make()` (its text; undefined: no source yet). */
const GENERATORS = [
  "errors",
  "options",
  "cli",
  "faults",
  "metrics",
  "doctor",
  "doctor-schema",
  "admin-api",
  "admin-openapi",
  "grafana",
  "prometheus-rules",
];
const FOLDER = "docs/reference";

await runScript(async () => {
  ensureNodeModules();
  ensureBuilt();
  // The packages need Node 22; a plain `node` here may be 20.
  if (Number(process.versions.node.split(".")[0]) < 22) return runNode(process.argv.slice(1));
  const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
  const findings = [...(await pages(values.check)), ...(await policies(values.check)), ...(await readmes())];
  for (const finding of findings) console.log(finding);
  console.log(findings.length === 0 ? "docs are in step with the code" : `${findings.length} findings`);
  return findings.length === 0 ? 0 : 1;
});

async function pages(check) {
  const findings = [];
  const made = new Set();
  for (const name of GENERATORS) {
    const { file, make } = await import(`./docs/${name}.mjs`);
    const body = await make();
    if (body === undefined) continue;
    made.add(file);
    // JSON has no comments to say so in, and rules say it themselves.
    const head = /\.(json|yml)$/.test(file) ? "" : "<!-- Made by `npm run docs` from the code. Do not edit. -->\n\n";
    const text = `${head}${body}\n`;
    const path = join(ROOT, file);
    if (existsSync(path) && readFileSync(path, "utf8") === text) continue;
    if (check) findings.push(`${file}:1 is not what the code says now. Run \`npm run docs\` and commit it.`);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${file}`);
    }
  }
  return [...findings, ...orphans(made)];
}

async function policies(check) {
  const { policyPages } = await import("./docs/policies.mjs");
  const { pages, findings } = await policyPages(ROOT);
  for (const { file, text, now } of pages) {
    if (text === now) continue;
    if (check) findings.push(`${file}:1 is not what the code says now. Run \`npm run docs\` and commit it.`);
    else {
      writeFileSync(join(ROOT, file), text);
      console.log(`wrote ${file}`);
    }
  }
  return findings;
}

// A page whose source went away would otherwise stay and be believed.
function orphans(made) {
  const folder = join(ROOT, FOLDER);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).map((name) => `${FOLDER}/${name}`);
  return files
    .filter((file) => !made.has(file))
    .map((file) => `${file}:1 has no generator that makes it. Remove it, or fix its source.`);
}

async function readmes() {
  const [{ readCommands }, { checkReadmes }] = await Promise.all([
    import("./docs/commands.mjs"),
    import("./docs/readme.mjs"),
  ]);
  return checkReadmes(ROOT, readCommands());
}
