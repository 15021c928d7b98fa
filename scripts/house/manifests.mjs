// Checks what the package.json and tsconfig.json files promise: exact pins, no strangers, decisions, references.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NO_THIRD_PARTY } from "./rooms.mjs";

const EXACT = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/;
const PINNED = ["dependencies", "devDependencies", "optionalDependencies"];

/** Findings of the rules pin, third-party, decision, references. Peer dependencies may be ranges. */
export function checkManifests(tree) {
  const own = new Set(tree.manifests.filter(({ room }) => room).map(({ json }) => json.name));
  const roomOf = new Map(tree.manifests.filter(({ room }) => room).map(({ json, room }) => [json.name, room]));
  const decisions = readDecisions(tree.root);
  const findings = [];
  for (const { path, text, room, json } of tree.manifests) {
    const report = (kind, name, rule, message, fix) => {
      const line = text.slice(0, text.indexOf(`"${name}"`, text.indexOf(`"${kind}"`))).split("\n").length;
      findings.push({ file: path, line, rule, message, fix });
    };
    for (const kind of PINNED) {
      for (const [name, version] of Object.entries(json[kind] ?? {})) {
        if (!EXACT.test(version))
          report(
            kind,
            name,
            "pin",
            `"${name}": "${version}" is no exact version`,
            "write one version, without ^ ~ or a tag",
          );
        if (room === undefined || kind === "devDependencies" || own.has(name)) continue;
        if (NO_THIRD_PARTY.includes(room))
          report(
            kind,
            name,
            "third-party",
            `room ${room} may install nothing, it has "${name}"`,
            "write it here, or move the code to a room that may",
          );
        if (!mentions(decisions, name))
          report(
            kind,
            name,
            "decision",
            `no record in docs/decisions names "${name}"`,
            "write a short record: why this one, and what was turned down",
          );
      }
    }
    if (room !== undefined) findings.push(...checkReferences(tree.root, room, json, roomOf));
  }
  return findings;
}

function readDecisions(root) {
  const folder = join(root, "docs", "decisions");
  if (!existsSync(folder)) return "";
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
}

function mentions(text, name) {
  return new RegExp(`(^|[^\\w@/-])${name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}($|[^\\w/-])`, "m").test(text);
}

// tsc -b follows references, npm follows dependencies; when they differ a fresh build breaks or builds in a wrong order.
function checkReferences(root, room, json, roomOf) {
  const file = `packages/${room}/tsconfig.json`;
  if (!existsSync(join(root, file))) return [];
  const references = JSON.parse(readFileSync(join(root, file), "utf8")).references ?? [];
  const has = new Set(references.map(({ path }) => path.replace(/^\.\.\//, "")));
  const wants = new Set(Object.keys(json.dependencies ?? {}).flatMap((name) => roomOf.get(name) ?? []));
  const findings = [];
  const report = (message, fix) => findings.push({ file, line: 1, rule: "references", message, fix });
  for (const name of wants)
    if (!has.has(name))
      report(`no reference to ../${name}, which package.json depends on`, `add { "path": "../${name}" }`);
  for (const name of has)
    if (!wants.has(name)) report(`a reference to ../${name}, which package.json does not depend on`, "remove it");
  return findings;
}
