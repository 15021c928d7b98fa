// Brings the Nodes that the doctor is tested on: npm's own tarballs, unpacked once into .fairlead/nodes, nothing global.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, SetupError } from "./setup.mjs";

/** The newest release of each line at the time of writing, and the oldest Node that the doctor promises to run on. */
export const NODE_VERSIONS = { 20: "20.20.2", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" };

/**
 * Paths of the Nodes of those majors, fetched when they are missing.
 * @param {readonly number[]} majors
 * @returns {Map<number, string>}
 */
export function ensureNodes(majors = Object.keys(NODE_VERSIONS).map(Number)) {
  return new Map(majors.map((major) => [major, ensureNode(major)]));
}

function ensureNode(major) {
  const version = NODE_VERSIONS[major];
  if (version === undefined) throw new SetupError(`no Node ${major} here: ${Object.keys(NODE_VERSIONS).join(", ")}`);
  const nodes = join(ROOT, ".fairlead", "nodes");
  const node = join(nodes, version, "bin", "node");
  if (existsSync(node)) return node;
  mkdirSync(nodes, { recursive: true });
  const folder = mkdtempSync(join(nodes, "fetching-"));
  try {
    process.stderr.write(`fairlead: fetching Node ${version}\n`);
    const name = `node-${process.platform}-${process.arch}@${version}`;
    run("npm", ["pack", "--silent", name], folder, `the npm registry did not give ${name}`);
    const file = readdirSync(folder).find((one) => one.endsWith(".tgz"));
    if (file === undefined) throw new SetupError(`npm pack ${name} left no file`);
    run("tar", ["-xzf", file, "package/bin/node"], folder, `${file} cannot be unpacked`);
    // Renamed when whole: whoever finds the folder finds a Node in it.
    if (!existsSync(join(nodes, version))) renameSync(join(folder, "package"), join(nodes, version));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return node;
}

function run(command, args, cwd, why) {
  const { status, error, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0)
    throw new SetupError(`${why}: ${error?.message ?? `${stdout}${stderr}`.trim().split("\n").slice(-8).join("\n")}`);
}
